import type { RunningKernel } from '@tenpanel/kernel/boot/running-kernel';
import { sql } from '@tenpanel/kernel/db/sql';

/** Rows that look again within this time are retries and waits, not the periodic resync. */
const SOON_SECONDS = 600;

/**
 * Wait until nothing moves any more: facts are delivered, jobs have ended, every row was looked at. Rows that wait for
 * others or back off are looked at again at once, as long as that changes anything. Throws after `seconds`, with what
 * was still moving.
 */
export async function settle(kernel: RunningKernel, seconds = 30): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  let before = '';
  let unchanged = 0;
  for (;;) {
    const busy = await whatMoves(kernel);
    if (busy.length === 0) {
      const now = await snapshot(kernel);
      // Two rows that wait for each other may look in the wrong order once: one more round decides.
      unchanged = now === before ? unchanged + 1 : 0;
      if (unchanged === 2 || !(await hurry(kernel))) return;
      before = now;
    } else if (Date.now() > deadline) {
      throw new Error(`The panel did not settle within ${seconds} s. Still moving: ${busy.join(', ')}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function whatMoves(kernel: RunningKernel): Promise<string[]> {
  return kernel.db.read('/', async (em) => {
    const rows = await sql<{ what: string }>(
      em,
      `select 'fact ' || topic as what from kernel.outbox where not dispatched
       union all select 'delivery to ' || consumer from kernel.outbox_deliveries where state = 'waiting' and due_at < now() + interval '5 seconds'
       union all select 'job ' || name || ' (' || state || ')' from kernel.jobs where state in ('queued', 'running')
       union all select kind || '/' || object_id from kernel.reconcile_queue where due_at <= now() or leased_until > now()
       limit 20`,
    );
    return rows.map(({ what }) => what);
  });
}

/** Generation and conditions of every row, as one text. */
async function snapshot(kernel: RunningKernel): Promise<string> {
  return kernel.db.read('/', async (em) => {
    const tables = [...kernel.registry.reconcilers].map(([kind, { spec }]) => {
      const { schema, tableName, collection } = spec.entity.meta as {
        schema?: string;
        tableName?: string;
        collection?: string;
      };
      return { kind, table: `"${schema ?? 'public'}"."${tableName ?? collection ?? kind}"` };
    });
    const parts: string[] = [];
    for (const { kind, table } of tables) {
      const rows = await sql<{ row: string }>(
        em,
        `select concat_ws(' ', id, generation, observed_generation, deleted_at, conditions::text) as row from ${table} order by id`,
      );
      parts.push(`${kind}: ${rows.map(({ row }) => row).join('; ')}`);
    }
    return parts.join('\n');
  });
}

/** Look again now at rows that would look again soon. Answers whether there are any. */
async function hurry(kernel: RunningKernel): Promise<boolean> {
  return kernel.db.transaction('/', async (em) => {
    const rows = await sql(
      em,
      `update kernel.reconcile_queue set due_at = now() where due_at > now() and due_at < now() + make_interval(secs => $1) and leased_until is null returning kind`,
      [SOON_SECONDS],
    );
    return rows.length > 0;
  });
}
