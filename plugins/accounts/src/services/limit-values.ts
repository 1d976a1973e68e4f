import { FieldError, type LimitSpec } from '@tenpanel/sdk';
import type { LimitValues } from '../entities/plan.js';

/** Keys that only a reseller's allowance has: how many accounts and how many resellers below it. */
export const allowanceOnlyKeys: readonly LimitSpec[] = [
  { key: 'accounts', title: 'Accounts', unit: 'count', default: null },
  { key: 'resellers', title: 'Resellers below', unit: 'count', default: 0 },
];

/** Refuse keys that no plugin knows and values outside the limit's range. `field` is where they stand in the body. */
export function checkLimitValues(specs: readonly LimitSpec[], values: LimitValues, field: string): void {
  for (const [key, value] of Object.entries(values)) {
    const spec = specs.find((s) => s.key === key);
    if (!spec) {
      const known = specs.map((s) => s.key).join(', ');
      throw new FieldError(
        [field, key],
        'plan.unknownLimit',
        `No plugin knows the limit ${key}. Known are: ${known}.`,
        { key, known },
      );
    }
    if (value === null) continue;
    const { min, max } = spec;
    if ((min !== undefined && value < min) || (max !== undefined && value > max)) {
      const range =
        min === undefined ? `at most ${max}` : max === undefined ? `at least ${min}` : `${min} to ${max}`;
      throw new FieldError([field, key], 'plan.limitRange', `${spec.title} must be ${range}, or unlimited.`, {
        key,
        range,
      });
    }
  }
}

/** A value for every limit that is known now: the given one, else the limit's default. */
export function withDefaults(specs: readonly LimitSpec[], values: LimitValues): LimitValues {
  const complete: LimitValues = { ...values };
  for (const spec of specs) if (complete[spec.key] === undefined) complete[spec.key] = spec.default;
  return complete;
}

/** The keys whose value differs, with both values. */
export function changedLimits(
  before: LimitValues,
  after: LimitValues,
): { key: string; from: number | null; to: number | null }[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return keys
    .map((key) => ({ key, from: before[key] ?? null, to: after[key] ?? null }))
    .filter(({ from, to }) => from !== to);
}
