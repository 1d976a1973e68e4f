import { defineEntity, p } from '@mikro-orm/core';

/** A row of the audit log, for lists. Rows are written by `AuditLog` only. */
export const AuditEntity = defineEntity({
  name: 'Audit',
  schema: 'kernel',
  tableName: 'audit',
  properties: {
    id: p.integer().primary(),
    seq: p.integer(),
    at: p.datetime(),
    tenantId: p.integer(),
    actorKind: p.string().$type<'user' | 'token' | 'local' | 'system'>(),
    actorUser: p.integer().nullable(),
    actorName: p.string(),
    onBehalfOf: p.json<{ userId: number; name: string }>().nullable(),
    action: p.string(),
    object: p.string().nullable(),
    summary: p.string().nullable(),
    details: p.json<Record<string, unknown>>().nullable(),
    outcome: p.string().$type<'ok' | 'denied' | 'failed' | 'intent'>(),
    requestId: p.string().nullable(),
    address: p.string().nullable(),
    /** What `undo` takes back: all changes of one transaction. */
    changeId: p.string().nullable(),
    previous: p.string(),
    hash: p.string(),
  },
});
