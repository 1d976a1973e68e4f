import { createHash } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import ipaddr from 'ipaddr.js';
import { PanelError, query } from '@tenpanel/sdk';

/** Failures that are free, then the wait doubles from one second up to `capSeconds`. */
interface Bucket {
  key: string;
  free: number;
  capSeconds: number;
}

// The account's own bucket stays short: it must not let a stranger lock somebody out for long.
function bucketsOf(login: string, address: string): Bucket[] {
  const who = createHash('sha256').update(login.trim().toLowerCase()).digest('base64url').slice(0, 22);
  const net = networkOf(address);
  return [
    { key: `pair:${who}:${net}`, free: 5, capSeconds: 3600 },
    { key: `account:${who}`, free: 20, capSeconds: 60 },
    { key: `network:${net}`, free: 50, capSeconds: 900 },
  ];
}

/** /24 of IPv4, /64 of IPv6: what one customer of a provider usually holds. */
function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  const bytes = parsed.toByteArray();
  return Buffer.from(bytes.slice(0, parsed.kind() === 'ipv4' ? 3 : 8)).toString('hex');
}

/**
 * Count an attempt before its password is looked at, so that parallel guesses cannot slip through. It is taken back
 * by `forgive` when it was right.
 * @throws PanelError 429 `auth.throttled` with `seconds` to wait
 */
export async function countAttempt(
  em: EntityManager,
  login: string,
  address: string,
  now: number,
): Promise<void> {
  const at = new Date(now);
  for (const bucket of bucketsOf(login, address)) {
    const [row] = await query<{ failures: number; locked_until: Date | string | null }>(
      em,
      `insert into kernel.login_throttle as t (key, failures, updated_at) values (?, 1, ?)
       on conflict (key) do update set
         failures = case when t.locked_until > ? then t.failures when t.updated_at < ? then 1 else t.failures + 1 end,
         updated_at = excluded.updated_at
       returning failures, locked_until`,
      [bucket.key, at, at, new Date(now - 86_400_000)],
    );
    if (!row) continue;
    const lockedUntil = row.locked_until ? new Date(row.locked_until).getTime() : 0;
    if (lockedUntil > now) throw throttled(Math.ceil((lockedUntil - now) / 1000));
    if (row.failures > bucket.free) {
      const seconds = Math.min(bucket.capSeconds, 2 ** Math.min(20, row.failures - bucket.free - 1));
      await query(em, 'update kernel.login_throttle set locked_until = ? where key = ?', [
        new Date(now + seconds * 1000),
        bucket.key,
      ]);
    }
  }
}

/** The attempt was right: this pair starts anew, the others get back what it took. */
export async function forgive(em: EntityManager, login: string, address: string): Promise<void> {
  const [pair, ...others] = bucketsOf(login, address);
  if (pair) await query(em, 'delete from kernel.login_throttle where key = ?', [pair.key]);
  for (const bucket of others) {
    await query(
      em,
      'update kernel.login_throttle set failures = greatest(0, failures - 1), locked_until = null where key = ?',
      [bucket.key],
    );
  }
}

/** The attempt was no failure, but earlier ones still count. */
export async function giveBack(em: EntityManager, login: string, address: string): Promise<void> {
  for (const bucket of bucketsOf(login, address)) {
    await query(em, 'update kernel.login_throttle set failures = greatest(0, failures - 1) where key = ?', [
      bucket.key,
    ]);
  }
}

function throttled(seconds: number): PanelError {
  return new PanelError('auth.throttled', 429, `Too many attempts. Try again in ${seconds} seconds.`, {
    seconds,
  });
}
