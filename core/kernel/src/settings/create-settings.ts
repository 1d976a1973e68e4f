import type { Settings } from '../contracts.js';
import { sql } from '../db/sql.js';

/** Key and value per owner (`kernel` or a plugin's id). A key that was never set reads as undefined. */
export function createSettings(): Settings {
  return {
    async get(em, owner, key) {
      const [row] = await sql<{ value: unknown }>(
        em,
        'select value from kernel.settings where owner = $1 and key = $2',
        [owner, key],
      );
      return row?.value;
    },
    async all(em, owner) {
      const rows = await sql<{ key: string; value: unknown }>(
        em,
        'select key, value from kernel.settings where owner = $1',
        [owner],
      );
      return new Map(rows.map(({ key, value }) => [key, value]));
    },
    async set(em, owner, key, value) {
      await sql(
        em,
        `insert into kernel.settings (owner, key, value, updated_at) values ($1, $2, $3, now())
         on conflict (owner, key) do update set value = excluded.value, updated_at = excluded.updated_at`,
        [owner, key, JSON.stringify(value ?? null)],
      );
    },
  };
}
