import { createHmac } from 'node:crypto';

/** What a link of the chain covers, in this order. */
export interface AuditFacts {
  id: number;
  seq: number;
  /** ISO 8601, milliseconds, UTC. */
  at: string;
  tenantId: number;
  actorKind: string;
  actorUser: number | null;
  actorName: string;
  onBehalfOf: unknown;
  action: string;
  object: string | null;
  summary: string | null;
  details: unknown;
  outcome: string;
  requestId: string | null;
  address: string | null;
  changeId: string | null;
}

/** `HMAC(key, previous || canonical row)` as hex. */
export function auditHash(key: Buffer, previous: string, row: AuditFacts): string {
  const fields = [
    ...[
      row.id,
      row.seq,
      row.at,
      row.tenantId,
      row.actorKind,
      row.actorUser,
      row.actorName,
      row.onBehalfOf,
      row.action,
    ],
    ...[row.object, row.summary, row.details, row.outcome, row.requestId, row.address, row.changeId],
  ];
  return createHmac('sha256', key)
    .update(previous)
    .update('\n')
    .update(JSON.stringify(fields.map(canonical)))
    .digest('hex');
}

/** Plain JSON as jsonb will give it back: keys sorted, nothing undefined, no NUL (which jsonb cannot hold). */
export function plainJson(value: unknown): unknown {
  if (value === undefined || value === null) return null;
  return canonical(
    JSON.parse(
      JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'string' ? plainText(inner) : inner)),
    ),
  );
}

export function plainText(text: string): string {
  return text.replaceAll('\u0000', '\ufffd');
}

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value ?? null;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return Object.fromEntries(entries.map(([key, inner]) => [plainText(key), canonical(inner)]));
}
