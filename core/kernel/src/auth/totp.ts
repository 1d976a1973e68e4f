import { randomBytes } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { generateSecret, generateURI, verifySync } from 'otplib';
import { query } from '@tenpanel/sdk';
import type { SecretBox } from '../contracts.js';
import { hashToken } from './hash-token.js';

const place = (userId: number): string => `kernel.users:totp_secret:${userId}`;

/** A secret for an authenticator app, not in force before a code of it was shown. */
export async function enrolTotp(
  em: EntityManager,
  secrets: SecretBox,
  user: { id: number; email: string },
): Promise<{ secret: string; uri: string }> {
  const secret = generateSecret();
  await query(
    em,
    'update kernel.users set totp_secret = ?, totp_confirmed_at = null, totp_last_step = 0 where id = ?',
    [secrets.seal(secret, place(user.id)), user.id],
  );
  return { secret, uri: generateURI({ issuer: '10panel', label: user.email, secret }) };
}

/**
 * Take a code of the app (the step before and after the present one as well), or a backup code. Each works once: the
 * step is moved forward by a conditional update, so of two requests with one code only one wins.
 */
export async function takeSecondFactor(
  em: EntityManager,
  secrets: SecretBox,
  user: { id: number; totpSecret: string },
  code: string,
  now: number,
): Promise<boolean> {
  const typed = code.replace(/[\s-]/g, '').toLowerCase();
  if (/^\d{6}$/.test(typed)) {
    const result = verifySync({
      secret: secrets.open(user.totpSecret, place(user.id)),
      token: typed,
      epoch: Math.floor(now / 1000),
      epochTolerance: 30,
    });
    if (!result.valid || !('timeStep' in result)) return false;
    const taken = await query(
      em,
      'update kernel.users set totp_last_step = ? where id = ? and totp_last_step < ? returning id',
      [result.timeStep, user.id, result.timeStep],
    );
    return taken.length === 1;
  }
  if (!/^[0-9a-v]{16}$/.test(typed)) return false;
  const used = await query(
    em,
    'update kernel.backup_codes set used_at = ? where user_id = ? and hash = ? and used_at is null returning user_id',
    [new Date(now), user.id, hashToken(typed)],
  );
  return used.length === 1;
}

/** Ten codes of 80 bits, shown once; older ones are void. */
export async function newBackupCodes(em: EntityManager, userId: number): Promise<string[]> {
  const codes = Array.from({ length: 10 }, () => base32(randomBytes(10)));
  await query(em, 'delete from kernel.backup_codes where user_id = ?', [userId]);
  for (const code of codes) {
    await query(em, 'insert into kernel.backup_codes (user_id, hash) values (?, ?)', [
      userId,
      hashToken(code),
    ]);
  }
  return codes.map((code) => code.replace(/(.{4})(?=.)/g, '$1-'));
}

function base32(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{5}/g) ?? []).map((five) => Number.parseInt(five, 2).toString(32)).join('');
}
