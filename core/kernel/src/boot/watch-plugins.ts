import type { KernelDatabase } from '../db/create-database.js';
import { sql } from '../db/sql.js';
import { restartChannel } from '../plugins/restart-channel.js';

/**
 * Call once when the set of enabled plugins is not the one this process started with. Looks at the table after it has
 * begun to listen, and after a lost connection, so that no change slips through between reading and listening.
 */
export async function watchPlugins(
  db: KernelDatabase,
  started: ReadonlySet<string>,
  call: () => void,
): Promise<() => Promise<void>> {
  let called = false;
  const once = () => {
    if (!called) call();
    called = true;
  };
  const look = async () => {
    const rows = await db.read('/', (em) =>
      sql<{ id: string }>(em, 'select id from kernel.plugins where enabled'),
    );
    if (rows.length !== started.size || rows.some(({ id }) => !started.has(id))) once();
  };
  const stop = await db.listen(restartChannel, once, () => void look().catch(() => undefined));
  await look();
  return stop;
}
