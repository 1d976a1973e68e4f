import { NotFound, PanelError, query, z, type Actor, type RouteSpec } from '@tenpanel/sdk';
import type { Kernel, Registry } from '../contracts.js';
import { createHistory } from '../history/create-history.js';
import { permissionsOf } from '../rbac/permissions-of.js';
import { defineRoute } from './define-route.js';

const changeReply = z
  .strictObject({
    id: z.number().int(),
    changeId: z.string(),
    kind: z.string(),
    objectId: z.number().int(),
    generation: z.number().int(),
    change: z.enum(['create', 'update', 'delete']),
    spec: z.unknown(),
    actor: z.string(),
    at: z.string(),
  })
  .meta({ id: 'Change' });

interface Row {
  id: string;
  change_id: string;
  kind: string;
  object_id: number;
  generation: number;
  change: 'create' | 'update' | 'delete';
  spec: unknown;
  actor: { name?: string };
  at: string;
}

/** The history of desired state, and the way back. */
export function changeRoutes(kernel: Kernel): RouteSpec[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/changes',
      permission: 'change.read',
      summary: 'List the states that resources have had, newest first',
      query: z.strictObject({
        limit: z.coerce.number().int().min(1).max(200).default(50),
        cursor: z
          .string()
          .regex(/^\d{1,15}$/)
          .optional(),
        kind: z.string().max(60).optional(),
        objectId: z.coerce.number().int().positive().optional(),
        changeId: z.uuid().optional(),
      }),
      reply: z.strictObject({ items: z.array(changeReply), next: z.string().nullable() }),
      handler: async (ctx) => {
        const { limit, cursor, kind, objectId, changeId } = ctx.query;
        const conditions = ['true'];
        const values: unknown[] = [];
        const add = (text: string, value: unknown): void => {
          if (value === undefined) return;
          conditions.push(text);
          values.push(value);
        };
        add('id < ?', cursor === undefined ? undefined : Number(cursor));
        add('kind = ?', kind);
        add('object_id = ?', objectId);
        add('change_id = ?::uuid', changeId);
        for (const [limited, ids] of Object.entries(ctx.actor.scope ?? {})) {
          conditions.push('(kind <> ? or object_id = any(?::int[]))');
          values.push(limited, `{${ids.join(',')}}`);
        }
        const rows = await query<Row>(
          ctx.em,
          `select id, change_id, kind, object_id, generation, change, spec, actor, at from kernel.resource_history
           where ${conditions.join(' and ')} order by id desc limit ?`,
          [...values, limit + 1],
        );
        const shown = rows.slice(0, limit);
        return { items: shown.map(show), next: rows.length > limit ? String(shown.at(-1)?.id) : null };
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/changes/{changeId}/undo',
      permission: 'change.undo',
      summary: 'Take back everything that one request has changed',
      description:
        'Restores the state before; 409 when something was changed again since. An undo can be undone.',
      params: z.strictObject({ changeId: z.uuid() }),
      reply: z.strictObject({
        restored: z.array(z.strictObject({ kind: z.string(), id: z.number().int() })),
      }),
      status: 202,
      handler: async (ctx) => {
        const { changeId } = ctx.params;
        const authors = await query<Author>(ctx.em, AUTHORS, [changeId]);
        if (authors.length === 0 || ctx.actor.scope) throw new NotFound('change');
        for (const author of authors) assertMayUndo(kernel.registry, ctx.actor, author);
        // This request's own desired state, so that a dry run sees what the undo touches.
        const history = createHistory({
          registry: kernel.registry,
          desired: { for: () => ctx.desired },
          now: kernel.now,
        });
        const restored = await history.undo(ctx.em as never, ctx.actor, changeId);
        ctx.audit({ object: `change/${changeId}`, details: { restored } });
        return ctx.reply(202, { restored });
      },
    }),
  ];
}

interface Author {
  user_id: number | null;
  /** Place of the author's tenant; null when it is not visible here. */
  path: string | null;
}

const AUTHORS = `select distinct (h.actor ->> 'userId')::int as user_id, t.path from kernel.resource_history h
  left join kernel.tenants t on t.id = (h.actor ->> 'tenantId')::int where h.change_id = ?::uuid`;

/**
 * Undoing is a change of its own: what the provider or reseller has set (a plan, a limit, a suspension) is not taken back
 * by their customer, and who may do only part of what their role may takes back only their own changes.
 */
function assertMayUndo(registry: Registry, actor: Actor, author: Author): void {
  const below = author.path?.startsWith(actor.path) ?? false;
  const limited = actor.permissions.size < permissionsOf(registry, actor.role, null).size;
  if (below && (!limited || (author.user_id !== null && author.user_id === actor.userId))) return;
  throw new PanelError(
    'history.notYours',
    403,
    'Somebody who may do more than you has changed this. Ask them to take it back.',
  );
}

function show(row: Row): z.output<typeof changeReply> {
  return {
    id: Number(row.id),
    changeId: row.change_id,
    kind: row.kind,
    objectId: row.object_id,
    generation: row.generation,
    change: row.change,
    spec: row.spec,
    actor: row.actor.name ?? '',
    at: new Date(row.at).toISOString(),
  };
}
