import { Readable } from 'node:stream';
import type { InferEntity } from '@mikro-orm/core';
import { pageOf, pageQuery, z, type RouteSpec } from '@tenpanel/sdk';
import { AuditEntity } from '../audit/audit-entity.js';
import type { Kernel } from '../contracts.js';
import { defineRoute } from './define-route.js';
import { csvLine } from './csv-line.js';

type Row = InferEntity<typeof AuditEntity>;

const filters = {
  actor: z.string().max(254).optional().meta({ description: 'Name of who acted.' }),
  action: z.string().max(200).optional().meta({ description: 'For example `POST /vhosts`.' }),
  object: z.string().max(200).optional().meta({ description: 'For example `vhost/3`.' }),
  outcome: z.enum(['ok', 'denied', 'failed', 'intent']).optional(),
  since: z.iso.datetime().optional(),
  until: z.iso.datetime().optional(),
};

const auditReply = z
  .strictObject({
    id: z.number().int(),
    at: z.string(),
    actor: z.strictObject({ kind: z.string(), id: z.number().int().nullable(), name: z.string() }),
    onBehalfOf: z.strictObject({ userId: z.number().int(), name: z.string() }).nullable(),
    action: z.string(),
    object: z.string().nullable(),
    summary: z.string().nullable(),
    details: z.record(z.string(), z.unknown()).nullable(),
    outcome: z.enum(['ok', 'denied', 'failed', 'intent']),
    address: z.string().nullable(),
    requestId: z.string().nullable(),
    changeId: z.string().nullable().meta({ description: 'For `POST /changes/{id}/undo`.' }),
  })
  .meta({ id: 'AuditEntry' });

const COLUMNS = [
  'id',
  'at',
  'actor',
  'onBehalfOf',
  'action',
  'object',
  'summary',
  'outcome',
  'address',
  'requestId',
] as const;

/** Who did what: the own tenant and those below. */
export function auditRoutes(kernel: Kernel): RouteSpec[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/audit',
      permission: 'audit.read',
      summary: 'List what was done, newest first',
      query: z.strictObject({ ...pageQuery, sort: z.enum(['id', '-id']).default('-id'), ...filters }),
      reply: pageOf(auditReply),
      handler: (ctx) =>
        ctx.page<Row, z.output<typeof auditReply>>(AuditEntity, whereOf(ctx.query), {
          query: ctx.query,
          map: showRow,
        }),
    }),
    defineRoute({
      method: 'GET',
      path: '/audit/verify',
      permission: 'audit.verify',
      summary: 'Check the chain of the audit log: was a row changed or removed?',
      reply: z.strictObject({ rows: z.number().int(), brokenAt: z.number().int().nullable() }),
      handler: (ctx) => kernel.audit.verify(ctx.em as never),
    }),
    defineRoute({
      method: 'GET',
      path: '/audit/export',
      permission: 'audit.read',
      summary: 'The audit log as CSV, newest first',
      query: z.strictObject(filters),
      produces: 'text/csv',
      transaction: false,
      handler: (ctx) => {
        const { path } = ctx.actor;
        const where = whereOf(ctx.query);
        const lines = async function* (): AsyncGenerator<string> {
          yield csvLine([...COLUMNS]);
          for (let before: number | null = null; ;) {
            const next: Record<string, unknown> =
              before === null ? where : { $and: [where, { id: { $lt: before } }] };
            const rows = await kernel.db.read(path, (em) =>
              em.find(AuditEntity, next as never, { orderBy: { id: 'desc' }, limit: 500 }),
            );
            for (const row of rows) {
              const shown = showRow(row);
              yield csvLine(
                COLUMNS.map((column) =>
                  column === 'actor'
                    ? shown.actor.name
                    : column === 'onBehalfOf'
                      ? shown.onBehalfOf?.name
                      : shown[column],
                ),
              );
            }
            const last = rows.at(-1);
            if (!last || rows.length < 500) return;
            before = Number(last.id);
          }
        };
        return Promise.resolve(
          ctx.reply(200, Readable.from(lines()) as never, {
            'Content-Disposition': 'attachment; filename="audit.csv"',
          }),
        );
      },
    }),
  ];
}

function whereOf(query: {
  actor?: string | undefined;
  action?: string | undefined;
  object?: string | undefined;
  outcome?: string | undefined;
  since?: string | undefined;
  until?: string | undefined;
}): Record<string, unknown> {
  const where: Record<string, unknown> = {};
  if (query.actor !== undefined) where['actorName'] = query.actor;
  for (const key of ['action', 'object', 'outcome'] as const)
    if (query[key] !== undefined) where[key] = query[key];
  const at: Record<string, Date> = {};
  if (query.since !== undefined) at['$gte'] = new Date(query.since);
  if (query.until !== undefined) at['$lt'] = new Date(query.until);
  if (Object.keys(at).length > 0) where['at'] = at;
  return where;
}

function showRow(row: Row): z.output<typeof auditReply> {
  return {
    id: Number(row.id),
    at: row.at.toISOString(),
    actor: { kind: row.actorKind, id: row.actorUser ?? null, name: row.actorName },
    onBehalfOf: row.onBehalfOf ?? null,
    action: row.action,
    object: row.object ?? null,
    summary: row.summary ?? null,
    details: row.details ?? null,
    outcome: row.outcome,
    address: row.address ?? null,
    requestId: row.requestId ?? null,
    changeId: row.changeId ?? null,
  };
}
