import { describe, expect, it } from 'vitest';
import { resourceStatus, type Condition } from './resource.js';

const condition = (type: string, status: Condition['status']): Condition => ({
  type,
  status,
  reason: 'R',
  message: '',
  since: '',
});
const row = (generation: number, observedGeneration: number, ...conditions: Condition[]) => ({
  generation,
  observedGeneration,
  conditions,
});

describe('the status of a resource', () => {
  it('is active once the server is as wanted', () => {
    expect(resourceStatus(row(2, 1))).toBe('provisioning');
    expect(resourceStatus(row(2, 2, condition('Ready', 'true')))).toBe('active');
    expect(resourceStatus(row(2, 1, condition('Ready', 'false')))).toBe('degraded');
    expect(resourceStatus({ ...row(2, 2), deletedAt: new Date() })).toBe('deleting');
  });

  it('of one that is just being resumed is provisioning, though it was suspended a moment ago', () => {
    expect(resourceStatus(row(2, 2, condition('Suspended', 'true')))).toBe('suspended');
    expect(resourceStatus(row(3, 2, condition('Suspended', 'true')))).toBe('provisioning');
  });
});
