import type { EntityManager } from '@mikro-orm/postgresql';
import { query } from '@tenpanel/sdk';
import { hashToken, randomToken } from './hash-token.js';

const DAY = 86_400_000;
/** A session that is not used ends after this; each refresh prolongs it. */
const IDLE = 14 * DAY;
const LONGEST = 90 * DAY;

/** The person behind a login-as; the session ends with theirs. */
export interface BehindSession {
  userId: number;
  name: string;
  version: number;
}

export interface OpenedSession {
  sessionId: string;
  userId: number;
  refreshToken: string;
  /** Unix milliseconds; the refresh token's end. */
  expiresAt: number;
}

export async function openSession(
  em: EntityManager,
  input: {
    user: { id: number; tenantId: number };
    address: string;
    userAgent: string;
    onBehalfOf: BehindSession | null;
    now: number;
  },
): Promise<OpenedSession> {
  const at = new Date(input.now);
  // A login-as is a short visit.
  const expires = input.now + (input.onBehalfOf ? 3_600_000 : IDLE);
  const [row] = await query<{ id: string }>(
    em,
    `insert into kernel.sessions (tenant_id, user_id, address, user_agent, on_behalf_of, proven_at, created_at, last_used_at, expires_at)
     values (?, ?, ?, ?, ?::jsonb, ?, ?, ?, ?) returning id`,
    [
      input.user.tenantId,
      input.user.id,
      input.address,
      input.userAgent.slice(0, 256),
      input.onBehalfOf ? JSON.stringify(input.onBehalfOf) : null,
      at,
      at,
      at,
      new Date(expires),
    ],
  );
  if (!row) throw new Error('The session was not stored.');
  const refreshToken = await addRefreshToken(em, row.id, expires);
  return { sessionId: row.id, userId: input.user.id, refreshToken, expiresAt: expires };
}

/**
 * Exchange a refresh token. A token that was used before means that two parties hold it: the whole session ends.
 * The caller commits in every case.
 */
export async function rotateRefreshToken(
  em: EntityManager,
  token: string,
  now: number,
): Promise<{ state: 'ok'; session: OpenedSession } | { state: 'invalid' | 'reused' }> {
  const at = new Date(now);
  const [known] = await query<SessionRow>(
    em,
    `select r.session_id, r.used_at, r.expires_at, s.user_id, s.created_at, s.on_behalf_of is not null as behalf, s.expires_at as session_expires
     from kernel.refresh_tokens r join kernel.sessions s on s.id = r.session_id
     where r.hash = ? and s.revoked_at is null for update of r, s`,
    [hashToken(token)],
  );
  if (!known || new Date(known.expires_at).getTime() <= now) return { state: 'invalid' };
  if (known.used_at) {
    await revokeSession(em, known.session_id, now);
    return { state: 'reused' };
  }
  const longest = new Date(known.created_at).getTime() + LONGEST;
  const expires = known.behalf ? new Date(known.session_expires).getTime() : Math.min(now + IDLE, longest);
  if (expires <= now) return { state: 'invalid' };
  await query(em, 'update kernel.refresh_tokens set used_at = ? where hash = ?', [at, hashToken(token)]);
  await query(em, 'update kernel.sessions set last_used_at = ?, expires_at = ? where id = ?', [
    at,
    new Date(expires),
    known.session_id,
  ]);
  const refreshToken = await addRefreshToken(em, known.session_id, expires);
  return {
    state: 'ok',
    session: { sessionId: known.session_id, userId: known.user_id, refreshToken, expiresAt: expires },
  };
}

interface SessionRow {
  session_id: string;
  used_at: string | null;
  expires_at: string;
  user_id: number;
  created_at: string;
  behalf: boolean;
  session_expires: string;
}

export async function revokeSession(em: EntityManager, sessionId: string, now: number): Promise<void> {
  await query(em, 'update kernel.sessions set revoked_at = coalesce(revoked_at, ?) where id = ?', [
    new Date(now),
    sessionId,
  ]);
}

/** End all sessions of a user (but one), and void all access tokens of the ended ones at once. */
export async function revokeSessionsOf(
  em: EntityManager,
  userId: number,
  now: number,
  keep?: string | null,
): Promise<void> {
  await query(
    em,
    'update kernel.sessions set revoked_at = ? where user_id = ? and revoked_at is null and id is distinct from ?::uuid',
    [new Date(now), userId, keep ?? null],
  );
}

async function addRefreshToken(em: EntityManager, sessionId: string, expires: number): Promise<string> {
  const token = `tpr_${randomToken()}`;
  await query(em, 'insert into kernel.refresh_tokens (hash, session_id, expires_at) values (?, ?, ?)', [
    hashToken(token),
    sessionId,
    new Date(expires),
  ]);
  return token;
}
