import type { RunningKernel } from '@tenpanel/kernel/boot/running-kernel';
import { sql } from '@tenpanel/kernel/db/sql';
import { createAdmin } from '@tenpanel/kernel/users/create-admin';
import type { OfflineActs } from './offline-acts.js';

type Act = OfflineActs['prepare'];

/** What a start needs of the database: the schema (composing the kernel has brought it up to date) and an administrator. */
export async function prepare(kernel: RunningKernel, { email }: Act['input']): Promise<Act['answer']> {
  const { first, disabled } = await kernel.db.read('/', async (em) => ({
    first: (
      await sql<{ email: string }>(
        em,
        `select email from kernel.users where role = 'admin' order by id limit 1`,
      )
    )[0],
    disabled: (
      await sql<{ id: string }>(
        em,
        `select id from kernel.plugins where not enabled and state in ('disabled', 'uninstalled')`,
      )
    ).map(({ id }) => id),
  }));
  if (first) return { admin: { email: first.email, password: null }, disabled };
  const made = await createAdmin(kernel, { email });
  return { admin: { email: made.email, password: made.generatedPassword }, disabled };
}
