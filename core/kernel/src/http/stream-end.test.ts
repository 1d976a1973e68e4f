import { describe, expect, it } from 'vitest';
import type { Authenticated } from '../auth/authenticated.js';
import { streamEnd } from './stream-end.js';

const now = Date.parse('2026-11-23T12:00:00Z');
const by = (kind: Authenticated['by'], expiresAt: number | null) =>
  ({ by: kind, expiresAt }) as unknown as Authenticated;

describe('the end of a stream', () => {
  it('comes with the access token, and within ten minutes for an API token that lives for years', () => {
    expect(streamEnd(by('session', now + 60_000), now)).toBe(now + 60_000);
    expect(streamEnd(by('apiToken', now + 63_072_000_000), now)).toBe(now + 600_000);
  });

  it('is left to the reader on the local socket', () => {
    expect(streamEnd(by('local', null), now)).toBeNull();
  });
});
