import { createTwoFilesPatch } from 'diff';
import type { EntityManager } from '@mikro-orm/core';
import { idParam, NotFound, z, type RouteContext, type RouteSpec } from '@tenpanel/sdk';
import type { Kernel } from '../contracts.js';
import { sql } from '../db/sql.js';
import { driftColumns, keepFile, restoreFile, type DriftRow } from '../drift/drift-choice.js';
import { scanDrift } from '../drift/scan-drift.js';
import type { Planner } from '../reconcile/create-planner.js';
import { defineRoute } from './define-route.js';

const driftedFile = z
  .strictObject({
    id: z.number().int(),
    absolute: z.string().meta({ description: 'Path on the server.' }),
    resource: z.string().meta({ description: 'Whose file it is, such as vhost/12; empty for nobody’s.' }),
    state: z
      .enum(['edited', 'missing', 'foreign'])
      .meta({ description: 'foreign: not written by the panel, in a folder of the panel.' }),
    foundAt: z.string(),
    keptAt: z
      .string()
      .nullable()
      .meta({ description: 'Since when an administrator wants it left as it is.' }),
    keptBy: z.string().nullable(),
  })
  .meta({ id: 'DriftedFile' });
const list = z.strictObject({ items: z.array(driftedFile), next: z.null() });

const params = z.strictObject({ id: idParam });
const MOST = 1_000;

/** Files of the panel that somebody has changed by hand: seen, kept, or put back. */
export function driftRoutes(kernel: Kernel & { planner?: Planner }): RouteSpec[] {
  const view = ({ driver: _driver, root: _root, path: _path, ...row }: DriftRow) => row;
  const all = async (em: EntityManager) => {
    const rows = await sql<DriftRow>(
      em,
      `select ${driftColumns} from kernel.drift order by kept_at is not null, absolute limit ${MOST}`,
    );
    return { items: rows.map(view), next: null };
  };
  const one = async (em: EntityManager, id: number): Promise<DriftRow> => {
    const [row] = await sql<DriftRow>(em, `select ${driftColumns} from kernel.drift where id = $1`, [id]);
    if (!row) throw new NotFound('file');
    return row;
  };
  const emOf = (ctx: RouteContext): EntityManager => ctx.em as never;

  /** From what the panel would write to what stands there now. */
  const diffOf = async (em: EntityManager, row: DriftRow): Promise<string> => {
    const [kind = '', id = ''] = row.resource.split('/');
    const plans = row.resource
      ? ((await kernel.planner?.planFor(em, kind, [Number(id)], { keep: false })) ?? [])
      : [];
    const planned = plans.flatMap(({ files }) => files).find(({ absolute }) => absolute === row.absolute);
    if (planned)
      return createTwoFilesPatch(row.absolute, row.absolute, planned.after, planned.before, 'panel', 'now');
    const { driver, root, path } = row;
    const { content } = await kernel.agent('config.read', { driver, root, path });
    return createTwoFilesPatch(row.absolute, row.absolute, '', content ?? '', 'panel', 'now');
  };

  return [
    defineRoute({
      method: 'GET',
      path: '/drift',
      permission: 'server.plan',
      summary: 'List files that are not as the panel wrote them, as the last look found them',
      reply: list,
      command: false,
      handler: (ctx) => all(emOf(ctx)),
    }),
    defineRoute({
      method: 'POST',
      path: '/drift',
      permission: 'server.plan',
      summary: 'Look at all files of the panel now; it does so every 30 seconds by itself',
      reply: list,
      transaction: false,
      preview: false,
      command: false,
      handler: async (ctx) => {
        const checked = await scanDrift(kernel);
        const found = await kernel.db.read('/', (em) => all(em));
        ctx.audit({ summary: `${checked} files looked at, ${found.items.length} not as written` });
        return found;
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/drift/{id}',
      permission: 'server.plan',
      summary: 'Show what was changed in a file',
      params,
      reply: driftedFile.extend({
        diff: z
          .string()
          .meta({ description: 'Unified diff from what the panel writes to what stands there.' }),
      }),
      command: false,
      handler: async (ctx) => {
        const row = await one(emOf(ctx), ctx.params.id);
        return { ...view(row), diff: await diffOf(emOf(ctx), row) };
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/drift/{id}/keep',
      permission: 'server.repair',
      summary: 'Leave a file as it stands',
      description:
        'The service reads it, and the panel passes over it from now on: later changes of the object do not reach this file. Restore ends that.',
      params,
      reply: driftedFile,
      preview: false,
      command: false,
      handler: async (ctx) => {
        const row = await one(emOf(ctx), ctx.params.id);
        await keepFile(emOf(ctx), row, ctx.actor.name, new Date(kernel.now()));
        ctx.audit({ object: row.resource || row.absolute, summary: `${row.absolute} is kept` });
        return view(await one(emOf(ctx), row.id));
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/drift/{id}/restore',
      permission: 'server.repair',
      summary: 'Put back what the panel writes',
      description:
        'What stands in the file now is lost. Other files of the same object that were changed and are not kept are put back too.',
      params,
      preview: false,
      command: false,
      status: 204,
      handler: async (ctx) => {
        const row = await one(emOf(ctx), ctx.params.id);
        await restoreFile(emOf(ctx), row);
        ctx.audit({ object: row.resource, summary: `${row.absolute} is put back` });
        return undefined;
      },
    }),
  ];
}
