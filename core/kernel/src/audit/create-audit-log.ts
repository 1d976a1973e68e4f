import type { EntityManager } from '@mikro-orm/core';
import type { AuditInput, AuditLog } from '../contracts.js';
import { sql } from '../db/sql.js';
import { commitOrder, scopeOf } from '../db/transaction-scope.js';
import { auditHash, plainJson, plainText, type AuditFacts } from './audit-chain.js';

const BATCH = 1_000;

/**
 * The hash-chained log. `write` only notes the row; it is linked into the chain right before the commit: the
 * lock on the head is the last one a transaction takes, held for two statements and the commit, so that writers
 * cannot deadlock over it and do not wait for each other's work.
 */
export function createAuditLog(options: { key: Buffer; now?: () => number }): AuditLog {
  const now = options.now ?? Date.now;

  const append = async (em: EntityManager, facts: Omit<AuditFacts, 'id' | 'seq'>) => {
    const [head] = await sql<{ id: string; seq: string; hash: string }>(
      em,
      `select nextval('kernel.audit_id_seq') as id, seq, hash from kernel.audit_head for update`,
    );
    if (!head)
      throw new Error(
        'The head of the audit chain is missing. Restore the table kernel.audit_head from a backup.',
      );
    const row: AuditFacts = { ...facts, id: Number(head.id), seq: Number(head.seq) + 1 };
    const hash = auditHash(options.key, head.hash, row);
    await sql(
      em,
      `with moved as (update kernel.audit_head set seq = $2, hash = $18)
       insert into kernel.audit (id, seq, at, tenant_id, actor_kind, actor_user, actor_name, on_behalf_of, action, object,
                                 summary, details, outcome, request_id, address, change_id, previous, hash)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`,
      [
        ...[
          row.id,
          row.seq,
          row.at,
          row.tenantId,
          row.actorKind,
          row.actorUser,
          row.actorName,
          json(row.onBehalfOf),
          row.action,
        ],
        ...[
          row.object,
          row.summary,
          json(row.details),
          row.outcome,
          row.requestId,
          row.address,
          row.changeId,
          head.hash,
          hash,
        ],
      ],
    );
  };

  return {
    write(em, entry) {
      const scope = scopeOf(em);
      const facts = { at: new Date(now()).toISOString(), changeId: scope.changeId, ...described(entry) };
      scope.beforeCommit(commitOrder.audit, (inner) => append(inner, facts));
      return Promise.resolve();
    },

    async verify(em) {
      // The head is read first, and rows only up to it: others go on writing while this looks. In one statement, which
      // sees one moment, no row can lie beyond the head.
      const [head] = await sql<{ seq: string; hash: string; beyond: boolean }>(
        em,
        'select seq, hash, exists (select 1 from kernel.audit a where a.seq > h.seq) as beyond from kernel.audit_head h',
      );
      const end = Number(head?.seq);
      let previous = '';
      let seq = 0;
      for (;;) {
        const rows = await sql<StoredRow>(
          em,
          `${SELECT} where seq > $1 and seq <= $2 order by seq limit ${BATCH}`,
          [seq, end],
        );
        for (const row of rows) {
          const facts: AuditFacts = {
            ...row,
            id: Number(row.id),
            seq: Number(row.seq),
            at: new Date(row.at).toISOString(),
          };
          const whole =
            facts.seq === seq + 1 &&
            row.previous === previous &&
            row.hash === auditHash(options.key, previous, facts);
          if (!whole) return { rows: seq, brokenAt: facts.id };
          previous = row.hash;
          seq = facts.seq;
        }
        if (rows.length < BATCH) break;
      }
      // Rows cut off at the end leave a head that points beyond them.
      const complete = end === seq && head?.hash === previous && !head.beyond;
      return { rows: seq, brokenAt: complete ? null : seq };
    },
  };
}

interface StoredRow extends Omit<AuditFacts, 'id' | 'seq'> {
  id: string;
  seq: string;
  previous: string;
  hash: string;
}

const SELECT = `select id, seq, to_char(at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at, tenant_id as "tenantId",
  actor_kind as "actorKind", actor_user as "actorUser", actor_name as "actorName", on_behalf_of as "onBehalfOf", action, object,
  summary, details, outcome, request_id as "requestId", address, change_id as "changeId", previous, hash from kernel.audit`;

function described(entry: AuditInput): Omit<AuditFacts, 'id' | 'seq' | 'at' | 'changeId'> {
  const text = (value: string | undefined) => (value === undefined ? null : plainText(value));
  return {
    tenantId: entry.actor.tenantId,
    actorKind: entry.actor.kind,
    actorUser: entry.actor.userId,
    actorName: plainText(entry.actor.name),
    onBehalfOf: plainJson(entry.actor.onBehalfOf),
    action: plainText(entry.action),
    object: text(entry.object),
    summary: text(entry.summary),
    details: plainJson(entry.details),
    outcome: entry.outcome,
    requestId: text(entry.requestId),
    address: text(entry.address),
  };
}

function json(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value);
}
