import type { RunningKernel } from '@tenpanel/kernel/boot/running-kernel';
import { sql } from '@tenpanel/kernel/db/sql';
import type { OfflineActs } from './offline-acts.js';

/** That the database answers as the app role, and that nobody has touched the audit log. */
export async function checkDatabase(kernel: RunningKernel): Promise<OfflineActs['check-database']['answer']> {
  return kernel.db.read('/', async (em) => {
    const [row] = await sql<{ version: string }>(em, `select current_setting('server_version') as version`);
    const { rows, brokenAt } = await kernel.audit.verify(em);
    return { version: row?.version ?? 'unknown', auditRows: rows, auditBrokenAt: brokenAt };
  });
}
