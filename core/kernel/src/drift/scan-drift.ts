import type { EntityManager } from '@mikro-orm/core';
import type { DriftedFile } from '@tenpanel/protocol';
import type { AgentCall } from '@tenpanel/sdk';
import type { AuditLog } from '../contracts.js';
import type { KernelDatabase } from '../db/create-database.js';
import { sql } from '../db/sql.js';
import { systemActor } from '../hooks/system-actor.js';

export interface DriftParts {
  db: Pick<KernelDatabase, 'transaction'>;
  agent: AgentCall;
  audit: AuditLog;
  now: () => number;
}

const SECONDS = 120;

/**
 * Ask the agent which files are not as it wrote them, and remember the answer. A file that is new among them, or was
 * edited once more, leaves a row in the audit log, and is no longer kept.
 * @returns how many files were looked at
 */
export async function scanDrift({ db, agent, audit, now }: DriftParts): Promise<number> {
  const { checked, drifted } = await agent('config.drift', {}, { timeoutSeconds: SECONDS });
  await db.transaction('/', async (em) => {
    for (const file of await remember(em, drifted, new Date(now())))
      await audit.write(em, {
        actor: systemActor('kernel'),
        action: 'drift.found',
        object: file.resource || file.absolute,
        summary: `${file.absolute} is ${file.state}`,
        outcome: 'ok',
      });
  });
  return checked;
}

async function remember(
  em: EntityManager,
  drifted: readonly DriftedFile[],
  at: Date,
): Promise<{ resource: string; absolute: string; state: string }[]> {
  const found = drifted.map(({ driver, root, path, absolute, resource, state, currentSha256 }) => ({
    driver,
    root,
    path,
    absolute,
    resource,
    state,
    current_sha256: currentSha256,
  }));
  await sql(em, `delete from kernel.drift where kept_at is null and absolute <> all($1::text[])`, [
    found.map(({ absolute }) => absolute),
  ]);
  // What was kept for an object that is gone.
  await sql(
    em,
    `delete from kernel.drift d where d.kept_at is not null and d.resource <> '' and not exists
       (select 1 from kernel.reconcile_queue q where q.kind = split_part(d.resource, '/', 1) and q.object_id::text = split_part(d.resource, '/', 2))`,
  );
  if (found.length === 0) return [];
  return sql(
    em,
    `insert into kernel.drift as d (driver, root, path, absolute, resource, state, current_sha256, found_at)
     select driver, root, path, absolute, resource, state, current_sha256, $2
       from jsonb_to_recordset($1::jsonb) as f (driver text, root text, path text, absolute text, resource text, state text, current_sha256 text)
     on conflict (absolute) do update
       set resource = excluded.resource, state = excluded.state, current_sha256 = excluded.current_sha256,
           found_at = excluded.found_at, kept_at = null, kept_by = null
       where (d.resource, d.state, d.current_sha256) is distinct from (excluded.resource, excluded.state, excluded.current_sha256)
     returning resource, absolute, state`,
    [JSON.stringify(found), at],
  );
}
