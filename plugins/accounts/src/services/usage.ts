import type { EntityManager, LimitSpec } from '@tenpanel/sdk';
import type { Account } from '../entities/account.js';
import { withDefaults } from './limit-values.js';
import type { Room } from './room.js';

export interface LimitUse {
  key: string;
  title: string;
  unit: LimitSpec['unit'];
  /** null is unlimited. */
  limit: number | null;
  /** null: cannot be measured on this server now, or nothing counts it. */
  used: number | null;
}

/** Each limit of the account (or only those in `keys`) with what it uses. One source that fails does not hide the others. */
export async function limitUse(
  room: Room,
  em: EntityManager,
  row: Account,
  keys?: ReadonlySet<string>,
): Promise<LimitUse[]> {
  const specs = room.kit.limits.all().filter((spec) => keys?.has(spec.key) ?? true);
  const limits = withDefaults(specs, row.spec.limits);
  const uses: LimitUse[] = [];
  for (const { key, title, unit, used } of specs) {
    const value = used ? await used(em, row.id).catch(() => null) : null;
    uses.push({ key, title, unit, limit: limits[key] ?? null, used: value });
  }
  return uses;
}

/** Counters that other plugins report, as `<source>.<counter>`. */
export async function counters(
  room: Room,
  em: EntityManager,
  accountId: number,
): Promise<Record<string, number>> {
  const all: Record<string, number> = {};
  for (const source of room.sources) {
    const reported = await source.usage(em, accountId).catch(() => ({}));
    for (const [name, value] of Object.entries(reported)) all[`${source.id}.${name}`] = value;
  }
  return all;
}
