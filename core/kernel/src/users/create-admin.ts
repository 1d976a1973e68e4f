import { PanelError } from '@tenpanel/sdk';
import type { z } from 'zod';
import { newPassword } from '../auth/password-schema.js';
import type { Kernel } from '../contracts.js';
import { localActor } from '../rbac/local-actor.js';
import { emailAddress } from './email-schema.js';
import { insertUser } from './insert-user.js';

export interface CreatedAdmin {
  id: number;
  email: string;
  /** Show it once; null when the caller gave one. */
  generatedPassword: string | null;
}

/** A full administrator of the provider. @throws PanelError 409 `user.emailTaken`, 422 for a bad address or password */
export async function createAdmin(
  kernel: Kernel,
  values: { email: string; name?: string; password?: string },
): Promise<CreatedAdmin> {
  const email = accept(emailAddress, values.email);
  const password = values.password === undefined ? undefined : accept(newPassword, values.password);
  return kernel.db.transaction('/', async (em) => {
    const { user, generatedPassword } = await insertUser(em, {
      tenantId: 1,
      role: 'admin',
      email,
      name: values.name ?? 'Administrator',
      password,
      now: kernel.now(),
    });
    await kernel.audit.write(em, {
      actor: localActor(kernel.registry),
      action: 'admin create',
      object: `user/${user.id}`,
      summary: `administrator ${email}`,
      outcome: 'ok',
    });
    return { id: user.id, email: user.email, generatedPassword };
  });
}

function accept<T>(schema: z.ZodType<T>, value: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new PanelError(
    'http.invalidValue',
    422,
    parsed.error.issues[0]?.message ?? 'This value cannot be taken.',
  );
}
