import type { RunningKernel } from '@tenpanel/kernel/boot/running-kernel';
import { sql } from '@tenpanel/kernel/db/sql';
import { createAdmin } from '@tenpanel/kernel/users/create-admin';
import type { OfflineActs } from './offline-acts.js';

type Act = OfflineActs['ensure-admin'];

/** The first administrator, once. Two starts at the same moment meet at the record of `tenpanel start`. */
export async function ensureAdmin(kernel: RunningKernel, { email }: Act['input']): Promise<Act['answer']> {
  const [first] = await kernel.db.read('/', (em) =>
    sql<{ email: string }>(em, `select email from kernel.users where role = 'admin' order by id limit 1`),
  );
  if (first) return { email: first.email, password: null };
  const made = await createAdmin(kernel, { email });
  return { email: made.email, password: made.generatedPassword };
}
