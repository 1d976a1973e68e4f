import { NotFound, query } from '@tenpanel/sdk';
import { generatePassword } from '../auth/generate-password.js';
import { hashPassword } from '../auth/passwords.js';
import type { Kernel } from '../contracts.js';
import { localActor } from '../rbac/local-actor.js';
import { voidAccess } from './void-access.js';

/**
 * Give a user a new password from the command line (root on this server), end their sessions, and switch the second
 * factor off when asked. Also lifts a log-in throttle. @returns the new password, to be shown once
 */
export async function resetPassword(
  kernel: Kernel,
  email: string,
  options: { password?: string; removeTotp?: boolean } = {},
): Promise<{ email: string; password: string }> {
  const password = options.password ?? generatePassword();
  const hash = await hashPassword(password);
  return kernel.db.transaction('/', async (em) => {
    const [user] = await query<{ id: number; email: string }>(
      em,
      'update kernel.users set password_hash = ?, disabled_at = null where lower(email) = ? returning id, email',
      [hash, email.trim().toLowerCase()],
    );
    if (!user) throw new NotFound('user');
    if (options.removeTotp) {
      await query(em, 'update kernel.users set totp_secret = null, totp_confirmed_at = null where id = ?', [
        user.id,
      ]);
      await query(em, 'delete from kernel.backup_codes where user_id = ?', [user.id]);
    }
    await voidAccess(em, user.id, kernel.now());
    await query(em, 'delete from kernel.login_throttle');
    await kernel.audit.write(em, {
      actor: localActor(kernel.registry),
      action: 'admin reset-password',
      object: `user/${user.id}`,
      summary: user.email,
      details: { totpRemoved: options.removeTotp === true },
      outcome: 'ok',
    });
    return { email: user.email, password };
  });
}
