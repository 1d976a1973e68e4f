import { PanelError, query, type Role } from '@tenpanel/sdk';
import type { Kernel } from '../contracts.js';
import { permissionsOf } from '../rbac/permissions-of.js';
import type { Actor } from '@tenpanel/sdk';
import { countAttempt, forgive, giveBack } from './login-throttle.js';
import { hashPassword, needsRehash, verifyPassword } from './passwords.js';
import { openSession, type OpenedSession } from './sessions.js';
import { takeSecondFactor } from './totp.js';
import { unknownUserHash } from './unknown-user-hash.js';
import type { Scope } from './user-entity.js';

export interface Credentials {
  login: string;
  password: string;
  code?: string | undefined;
}

interface Candidate {
  id: number;
  tenant_id: number;
  path: string;
  suspended: boolean;
  email: string;
  role: Role;
  password_hash: string;
  token_version: number;
  permissions: string[] | null;
  scope: Scope | null;
  disabled: boolean;
  totp_secret: string | null;
  totp: boolean;
}

export interface LoggedIn {
  session: OpenedSession;
  version: number;
  actor: Actor;
}

/**
 * From credentials to a session. An unknown user, a wrong password and a disabled user get the same answer after the
 * same work.
 * @throws PanelError 401 `auth.badLogin`, `auth.codeNeeded`, `auth.badCode`; 403 `auth.suspended`; 429 `auth.throttled`
 */
export async function login(
  kernel: Kernel,
  input: Credentials,
  from: { address: string; userAgent: string },
): Promise<LoggedIn> {
  const name = input.login.trim().toLowerCase();
  const now = kernel.now();
  await kernel.db.transaction('/', (em) => countAttempt(em, name, from.address, now));
  const user = await kernel.db.read('/', async (em) => {
    const [row] = await query<Candidate>(em, `${CANDIDATE} where lower(u.email) = ?`, [name]);
    return row ?? null;
  });
  const right = await verifyPassword(user?.password_hash ?? (await unknownUserHash()), input.password);
  if (!user || !right || user.disabled) throw badLogin();
  if (user.suspended)
    throw new PanelError('auth.suspended', 403, 'This account is suspended. Ask your provider.');
  if (user.totp && input.code === undefined) {
    // The password was right, which is no guess; but it must not wipe out failed codes either.
    await kernel.db.transaction('/', (em) => giveBack(em, name, from.address));
    throw new PanelError(
      'auth.codeNeeded',
      401,
      'Type the code of your authenticator app, or a backup code.',
    );
  }
  const rehashed = needsRehash(user.password_hash) ? await hashPassword(input.password) : null;
  const session = await kernel.db.transaction('/', async (em) => {
    if (
      user.totp &&
      !(await takeSecondFactor(
        em,
        kernel.secrets,
        { id: user.id, totpSecret: user.totp_secret ?? '' },
        input.code ?? '',
        now,
      ))
    ) {
      return null;
    }
    await forgive(em, name, from.address);
    await query(
      em,
      'update kernel.users set last_login_at = ?, password_hash = coalesce(?::text, password_hash) where id = ?',
      [new Date(now), rehashed, user.id],
    );
    return openSession(em, {
      user: { id: user.id, tenantId: user.tenant_id },
      ...from,
      onBehalfOf: null,
      now,
    });
  });
  if (!session)
    throw new PanelError(
      'auth.badCode',
      401,
      'This code is wrong, or it was used already. Wait for the next one.',
    );
  return { session, version: user.token_version, actor: actorOf(kernel, user) };
}

/** The person's present password (and code, when a second factor is on). Counts against the throttle. */
export async function prove(
  kernel: Kernel,
  userId: number,
  proof: { password?: string | undefined; code?: string | undefined },
  address: string,
): Promise<void> {
  const now = kernel.now();
  const user = await kernel.db.aside(
    async (em) => (await query<Candidate>(em, `${CANDIDATE} where u.id = ?`, [userId]))[0],
  );
  if (!user) throw badLogin();
  await kernel.db.aside((em) => countAttempt(em, user.email, address, now));
  const byPassword =
    proof.password !== undefined && (await verifyPassword(user.password_hash, proof.password));
  const { code } = proof;
  const byCode =
    !byPassword && code !== undefined && user.totp
      ? await kernel.db.aside((em) =>
          takeSecondFactor(
            em,
            kernel.secrets,
            { id: user.id, totpSecret: user.totp_secret ?? '' },
            code,
            now,
          ),
        )
      : false;
  if (!byPassword && !byCode) throw new PanelError('auth.badProof', 403, 'The password or code is wrong.');
  await kernel.db.aside((em) => forgive(em, user.email, address));
}

const CANDIDATE = `select u.id, u.tenant_id, t.path, t.suspended, u.email, u.role, u.password_hash, u.token_version, u.permissions, u.scope,
  u.disabled_at is not null as disabled, u.totp_secret, u.totp_confirmed_at is not null as totp
  from kernel.users u join kernel.tenants t on t.id = u.tenant_id`;

function actorOf(kernel: Kernel, user: Candidate): Actor {
  return {
    kind: 'user',
    userId: user.id,
    name: user.email,
    role: user.role,
    tenantId: user.tenant_id,
    path: user.path,
    permissions: permissionsOf(kernel.registry, user.role, user.permissions),
    scope: user.scope,
    onBehalfOf: null,
  };
}

function badLogin(): PanelError {
  return new PanelError('auth.badLogin', 401, 'The e-mail address or the password is wrong.');
}
