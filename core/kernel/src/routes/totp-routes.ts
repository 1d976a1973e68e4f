import { Conflict, PanelError, query, z, type RouteSpec } from '@tenpanel/sdk';
import { enrolTotp, newBackupCodes, takeSecondFactor } from '../auth/totp.js';
import type { Kernel } from '../contracts.js';
import { defineRoute } from './define-route.js';
import { ownUser } from './own-user.js';

const backupCodes = z.strictObject({
  backupCodes: z.array(z.string()).meta({ description: 'Shown once; each works once.' }),
});

/** The second factor of the signed-in person. */
export function totpRoutes(kernel: Kernel): RouteSpec[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/me/totp',
      permission: 'self',
      summary: 'Get a secret for an authenticator app; it is in force once a code is confirmed',
      stepUp: true,
      preview: false,
      command: false,
      reply: z.strictObject({
        secret: z.string(),
        uri: z.string().meta({ description: 'otpauth:// address, for a QR code.' }),
      }),
      handler: async (ctx) => {
        const user = await ownUser(ctx.em, ctx.actor);
        if (user.totpConfirmedAt)
          throw new Conflict('auth.totpOn', 'A second factor is on already. Remove it first.');
        return enrolTotp(ctx.em as never, kernel.secrets, user);
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/me/totp/confirm',
      permission: 'self',
      summary: 'Switch the second factor on with a code of the app',
      preview: false,
      command: false,
      body: z.strictObject({ code: z.string().regex(/^\d{6}$/, 'Type the six digits of the app.') }),
      reply: backupCodes,
      handler: async (ctx) => {
        const user = await ownUser(ctx.em, ctx.actor);
        if (!user.totpSecret || user.totpConfirmedAt)
          throw new Conflict('auth.noTotp', 'Ask for a secret first.');
        const right = await takeSecondFactor(
          ctx.em as never,
          kernel.secrets,
          { id: user.id, totpSecret: user.totpSecret },
          ctx.body.code,
          ctx.now,
        );
        if (!right) {
          throw new PanelError(
            'auth.badCode',
            422,
            'This code is wrong. Look whether the clock of your device is right.',
            {},
            ['code'],
          );
        }
        user.totpConfirmedAt = new Date(ctx.now);
        await ctx.em.flush();
        return { backupCodes: await newBackupCodes(ctx.em as never, user.id) };
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: '/me/totp',
      permission: 'self',
      summary: 'Switch the second factor off',
      stepUp: true,
      preview: false,
      command: false,
      status: 204,
      handler: async (ctx) => {
        const user = await ownUser(ctx.em, ctx.actor);
        user.totpSecret = null;
        user.totpConfirmedAt = null;
        await query(ctx.em, 'delete from kernel.backup_codes where user_id = ?', [user.id]);
        return undefined;
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/me/backup-codes',
      permission: 'self',
      summary: 'Make ten new backup codes; the old ones are void',
      stepUp: true,
      preview: false,
      command: false,
      reply: backupCodes,
      handler: async (ctx) => {
        const user = await ownUser(ctx.em, ctx.actor);
        if (!user.totpConfirmedAt) throw new Conflict('auth.noTotp', 'Switch the second factor on first.');
        return { backupCodes: await newBackupCodes(ctx.em as never, user.id) };
      },
    }),
  ];
}
