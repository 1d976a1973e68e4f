import type { EntityManager } from '@mikro-orm/core';
import type { KeptFile } from '@tenpanel/protocol';
import { sql } from '../db/sql.js';

/** Files that an administrator wants left as they stand, by resource (`vhost/12`). */
export async function keptFiles(
  em: EntityManager,
  resources: readonly string[],
): Promise<Map<string, KeptFile[]>> {
  const rows = await sql<KeptFile & { resource: string }>(
    em,
    `select resource, root, path, current_sha256 as sha256 from kernel.drift
      where kept_at is not null and resource = any($1::text[]) order by absolute`,
    [[...resources]],
  );
  const found = new Map<string, KeptFile[]>();
  for (const { resource, ...file } of rows) found.set(resource, [...(found.get(resource) ?? []), file]);
  return found;
}
