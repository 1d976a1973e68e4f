import { describe, expect, it } from 'vitest';
import type { LimitSpec } from '@tenpanel/sdk';
import { changedLimits, checkLimitValues, withDefaults } from './limit-values.js';

const specs: LimitSpec[] = [
  { key: 'disk', title: 'Disk space', unit: 'bytes', default: null, min: 100 },
  { key: 'ioWeight', title: 'Share of the disk', unit: 'weight', default: 100, min: 1, max: 10_000 },
];

describe('limit values', () => {
  it('take known keys within their range, and null for unlimited', () => {
    expect(() => checkLimitValues(specs, { disk: 100, ioWeight: 10_000 }, 'limits')).not.toThrow();
    expect(() => checkLimitValues(specs, { disk: null, ioWeight: null }, 'limits')).not.toThrow();
  });

  it.each([
    [{ memry: 1 }, 'plan.unknownLimit', 'memry'],
    [{ disk: 99 }, 'plan.limitRange', 'disk'],
    [{ ioWeight: 0 }, 'plan.limitRange', 'ioWeight'],
    [{ ioWeight: 10_001 }, 'plan.limitRange', 'ioWeight'],
  ])('refuse %o with the field that is wrong', (values, code, key) => {
    expect(() => checkLimitValues(specs, values, 'limits')).toThrow(
      expect.objectContaining({ code, status: 422, field: ['limits', key] }),
    );
  });

  it('fill what is not named with the default, and keep keys of a plugin that is disabled now', () => {
    expect(withDefaults(specs, { disk: 500, mailboxes: 3 })).toEqual({
      disk: 500,
      mailboxes: 3,
      ioWeight: 100,
    });
    expect(withDefaults(specs, { ioWeight: null })).toEqual({ disk: null, ioWeight: null });
  });

  it('tell which keys differ; absent and unlimited are the same', () => {
    expect(changedLimits({ disk: 1, ioWeight: 5 }, { disk: 2, ioWeight: 5, sites: null })).toEqual([
      { key: 'disk', from: 1, to: 2 },
    ]);
  });
});
