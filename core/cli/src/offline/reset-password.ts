import type { RunningKernel } from '@tenpanel/kernel/boot/running-kernel';
import { sql } from '@tenpanel/kernel/db/sql';
import { resetPassword as resetUserPassword } from '@tenpanel/kernel/users/reset-password';
import type { OfflineActs } from './offline-acts.js';

type Act = OfflineActs['reset-password'];

/** A new password for the named administrator, or for the first one. */
export async function resetPassword(kernel: RunningKernel, input: Act['input']): Promise<Act['answer']> {
  const [admin] = await kernel.db.read('/', (em) =>
    sql<{ email: string }>(
      em,
      `select email from kernel.users where role = 'admin' and ($1::text is null or email = lower($1)) order by id limit 1`,
      [input.email],
    ),
  );
  if (!admin)
    throw new Error(
      input.email
        ? `No administrator signs in as ${input.email}.`
        : 'There is no administrator yet. Run "tenpanel setup".',
    );
  return resetUserPassword(kernel, admin.email, { removeTotp: input.withoutTotp });
}
