import { domainName, idParam, pageOf, pageQuery, z, type EntityManager } from '@tenpanel/sdk';
import { vhostEntity, type Vhost } from '../entities/vhost.js';
import type { Room } from '../room.js';
import { changeSite, deleteSite } from '../services/change-site.js';
import { createSite, findSite, siteForChange } from '../services/create-site.js';
import { siteFields } from '../spec/site-fields.js';
import { siteReply, viewSite, type SiteReply } from './site-view.js';

const params = z.strictObject({ id: idParam });
const tags = ['vhosts'];

export function siteRoutes(room: Room): void {
  const { kit } = room;
  const read =
    (id: number) =>
    async (em: EntityManager): Promise<SiteReply> =>
      viewSite(await findSite(em, id));

  kit.route({
    method: 'GET',
    path: '/vhosts',
    permission: 'web.site.read',
    summary: 'List web sites',
    tags,
    query: z.strictObject({
      ...pageQuery,
      domain: z
        .string()
        .max(253)
        .regex(/^[a-z0-9.-]+$/, 'Write the start of a domain name.')
        .optional()
        .meta({ description: 'Start of the domain' }),
      account: idParam.optional(),
      type: siteFields.type,
    }),
    reply: pageOf(siteReply),
    async handler(ctx) {
      const { domain, account, type } = ctx.query;
      const where = {
        ...(domain === undefined ? {} : { domain: { $like: `${domain}%` } }),
        ...(account === undefined ? {} : { accountId: account }),
        ...(type === undefined ? {} : { type }),
      };
      return ctx.page<Vhost, SiteReply>(vhostEntity, where, {
        query: ctx.query,
        sortable: ['id', 'domain', 'createdAt'],
        map: viewSite,
      });
    },
  });

  kit.route({
    method: 'GET',
    path: '/vhosts/{id}',
    permission: 'web.site.read',
    summary: 'Show a web site',
    tags,
    params,
    reply: siteReply,
    handler: (ctx) => read(ctx.params.id)(ctx.em),
  });

  kit.route({
    method: 'POST',
    path: '/vhosts',
    permission: 'web.site.write',
    summary: 'Create a web site',
    tags,
    body: z.strictObject({
      account: idParam.meta({ description: 'Whose site it is' }),
      domain: domainName,
      ...siteFields,
    }),
    reply: siteReply,
    status: 202,
    async handler(ctx) {
      const { account, domain, ...change } = ctx.body;
      const row = await createSite(room, ctx, account, domain, change);
      return ctx.accepted({ kind: 'vhost', id: row.id }, read(row.id));
    },
  });

  kit.route({
    method: 'PATCH',
    path: '/vhosts/{id}',
    permission: 'web.site.write',
    summary: 'Change a web site',
    description:
      'Fields that are left out stay; a list that is given replaces the former one. A user of a protected path without a password keeps the old one.',
    tags,
    params,
    body: z.strictObject(siteFields),
    reply: siteReply,
    status: 202,
    async handler(ctx) {
      const row = await changeSite(room, ctx, await siteForChange(ctx.em, ctx.params.id), ctx.body);
      return ctx.accepted({ kind: 'vhost', id: row.id }, read(row.id));
    },
  });

  kit.route({
    method: 'DELETE',
    path: '/vhosts/{id}',
    permission: 'web.site.write',
    summary: 'Delete a web site',
    description:
      '`files=trash` moves its folder to the trash of the home; by default the folder stays where it is.',
    tags,
    params,
    query: z.strictObject({ files: z.enum(['keep', 'trash']).default('keep') }),
    reply: siteReply,
    status: 202,
    async handler(ctx) {
      const row = await siteForChange(ctx.em, ctx.params.id);
      await deleteSite(room, ctx, row, ctx.query.files);
      return ctx.reply(202, viewSite(row));
    },
  });
}
