import { createHash } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';
import { PanelError, query, type Actor } from '@tenpanel/sdk';
import type { SecretBox } from '../contracts.js';

/** Milliseconds an answer is kept. */
export const IDEMPOTENCY_LIFE = 86_400_000;

const storedSchema = z.object({
  fingerprint: z.string(),
  status: z.number(),
  body: z.unknown(),
  headers: z.record(z.string(), z.string()),
});
export type StoredAnswer = z.infer<typeof storedSchema>;

export interface Claim {
  owner: string;
  key: string;
  fingerprint: string;
}

/** What a request with this key is: who asks, and a fingerprint of method, path and body. */
export function claimOf(
  actor: Actor,
  tokenId: number | null,
  header: string,
  request: { method: string; path: string; body: unknown },
): Claim {
  if (!/^[\x21-\x7e]{1,128}$/.test(header)) {
    throw new PanelError(
      'http.badIdempotencyKey',
      422,
      'An Idempotency-Key has 1 to 128 visible ASCII characters.',
    );
  }
  const text = JSON.stringify([request.method, request.path, request.body ?? null]);
  return {
    // Whoever signed in as a customer must not meet the customer's own keys, nor a weaker token those of a stronger one.
    owner: `${actor.kind}:${actor.userId ?? 0}:${tokenId ?? ''}:${actor.onBehalfOf?.userId ?? ''}`,
    key: header,
    fingerprint: createHash('sha256').update(text).digest('base64url'),
  };
}

/**
 * Take the key in the caller's transaction. A second request with the key waits here until the first has committed,
 * and then gets its answer; when the first failed, nothing was stored and the second does the work.
 * @throws PanelError 422 when the key was used for another request
 */
export async function takeKey(
  em: EntityManager,
  secrets: SecretBox,
  claim: Claim,
  now: number,
): Promise<StoredAnswer | null> {
  await query(em, 'delete from kernel.idempotency_keys where owner = ? and key = ? and created_at < ?', [
    claim.owner,
    claim.key,
    new Date(now - IDEMPOTENCY_LIFE),
  ]);
  const taken = await query(
    em,
    'insert into kernel.idempotency_keys (owner, key, created_at) values (?, ?, ?) on conflict do nothing returning key',
    [claim.owner, claim.key, new Date(now)],
  );
  if (taken.length === 1) return null;
  const [row] = await query<{ answer: string | null }>(
    em,
    'select answer from kernel.idempotency_keys where owner = ? and key = ?',
    [claim.owner, claim.key],
  );
  if (!row?.answer)
    throw new PanelError('http.busy', 409, 'The same request is still running. Try again in a moment.');
  const stored = storedSchema.parse(JSON.parse(secrets.open(row.answer, placeOf(claim))));
  if (stored.fingerprint !== claim.fingerprint) {
    throw new PanelError(
      'http.idempotencyReused',
      422,
      'This Idempotency-Key belongs to another request. Use a new key for each new request.',
    );
  }
  return stored;
}

/** Answers may hold secrets that are shown once, so they are stored sealed. */
export async function storeAnswer(
  em: EntityManager,
  secrets: SecretBox,
  claim: Claim,
  answer: Omit<StoredAnswer, 'fingerprint'>,
): Promise<void> {
  const sealed = secrets.seal(JSON.stringify({ ...answer, fingerprint: claim.fingerprint }), placeOf(claim));
  await query(em, 'update kernel.idempotency_keys set answer = ? where owner = ? and key = ?', [
    sealed,
    claim.owner,
    claim.key,
  ]);
}

/** The work failed: the next request with this key does it anew. */
export async function releaseKey(em: EntityManager, claim: Claim): Promise<void> {
  await query(em, 'delete from kernel.idempotency_keys where owner = ? and key = ? and answer is null', [
    claim.owner,
    claim.key,
  ]);
}

function placeOf(claim: Claim): string {
  return `kernel.idempotency_keys:answer:${claim.owner}/${claim.key}`;
}
