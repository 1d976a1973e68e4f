import {
  accountName,
  FieldError,
  idParam,
  lineOfText,
  pageOf,
  pageQuery,
  z,
  type EntityManager,
} from '@tenpanel/sdk';
import { accountEntity, type Account } from '../entities/account.js';
import { createAccount } from '../services/create-account.js';
import { assertNotPurged } from '../services/delete-account.js';
import { domainsOf } from '../services/domain-claims.js';
import type { Room } from '../services/room.js';
import { counters, limitUse } from '../services/usage.js';
import {
  accountDetails,
  accountView,
  limitUseView,
  viewAccount,
  type AccountView,
} from '../views/account-view.js';
import { accountForChange, accountOf } from './account-of.js';
import { workOf } from './work-of.js';

const params = z.strictObject({ id: idParam });
const contact = z.strictObject({
  name: lineOfText(120),
  email: z.email('Write an e-mail address.').max(254),
});

const listQuery = z.strictObject({
  ...pageQuery,
  name: z
    .string()
    .regex(/^[a-z0-9]{1,16}$/, 'Lower case letters and digits only.')
    .optional()
    .meta({ description: 'Start of the name' }),
  status: z.enum(['active', 'suspended', 'deleted', 'deleting']).optional(),
  plan: idParam.optional(),
  owner: idParam.optional().meta({ description: 'Tenant of the owner' }),
});

/** The account's own life is in `account-life.ts`; here it is made, read and edited. */
export function accountRoutes(room: Room): void {
  const { kit } = room;
  const read =
    (id: number) =>
    async (em: EntityManager): Promise<AccountView> =>
      viewAccount(await accountOf(em, id));

  kit.route({
    method: 'GET',
    path: '/accounts',
    permission: 'account.read',
    summary: 'List accounts',
    tags: ['accounts'],
    query: listQuery,
    reply: pageOf(accountView),
    async handler(ctx) {
      const { name, status, plan, owner } = ctx.query;
      const where = {
        ...(name === undefined ? {} : { name: { $like: `${name}%` } }),
        ...(status === undefined
          ? {}
          : status === 'deleting'
            ? { deletedAt: { $ne: null } }
            : { state: status, deletedAt: null }),
        ...(plan === undefined ? {} : { planId: plan }),
        ...(owner === undefined ? {} : { tenantId: owner }),
      };
      return ctx.page<Account, AccountView>(accountEntity, where, {
        query: ctx.query,
        sortable: ['id', 'name', 'createdAt'],
        map: viewAccount,
      });
    },
  });

  kit.route({
    method: 'GET',
    path: '/accounts/{id}',
    permission: 'account.read',
    summary: 'Show an account with its limits, what it uses, and its domain names',
    tags: ['accounts'],
    params,
    reply: accountDetails,
    async handler(ctx) {
      const row = await accountOf(ctx.em, ctx.params.id);
      return {
        ...viewAccount(row),
        domains: await domainsOf(ctx.em, row.id),
        limits: await limitUse(room, ctx.em, row),
      };
    },
  });

  kit.route({
    method: 'GET',
    path: '/accounts/{id}/metrics',
    permission: 'account.read',
    summary: 'Show what an account uses against its limits',
    tags: ['accounts'],
    command: { noun: 'accounts', verb: 'metrics' },
    params,
    reply: z.strictObject({
      id: z.number().int(),
      name: z.string(),
      limits: z.array(limitUseView),
      counters: z.record(z.string(), z.number()),
    }),
    async handler(ctx) {
      const row = await accountOf(ctx.em, ctx.params.id);
      return {
        id: row.id,
        name: row.name,
        limits: await limitUse(room, ctx.em, row),
        counters: await counters(room, ctx.em, row.id),
      };
    },
  });

  kit.route({
    method: 'POST',
    path: '/accounts',
    permission: 'account.write',
    summary: 'Create an account: a Unix user with a home',
    description:
      'Without an owner the account is yours. Give the e-mail address of a new client (`owner.email`), or the tenant of one that exists (`ownerTenantId`). ' +
      'A new client without a password gets a generated one, shown this once.',
    tags: ['accounts'],
    body: z.strictObject({
      name: accountName.meta({
        description: 'Unix user and folder below /home: 2 to 16 lower case letters and digits',
      }),
      plan: idParam.meta({ description: 'What it may use' }),
      shell: z.boolean().default(false).meta({ description: 'May it sign in by SSH?' }),
      contact: contact.optional(),
      owner: z
        .strictObject({
          email: z
            .email('Write an e-mail address.')
            .max(254)
            .meta({ description: 'Makes a new client who signs in with this address' }),
          name: lineOfText(120).optional(),
          password: z
            .string()
            .min(12, 'Use at least 12 characters.')
            .max(256)
            .optional()
            .meta({ description: 'Without it one is generated and shown once' }),
        })
        .optional(),
      ownerTenantId: idParam.optional().meta({ description: 'An owner that exists' }),
      parentTenantId: idParam
        .optional()
        .meta({ description: 'Where a new owner is put; default your own tenant' }),
    }),
    reply: z.strictObject({
      account: accountView,
      user: z.strictObject({ id: z.number().int(), email: z.string() }).nullable(),
      generatedPassword: z.string().nullable(),
    }),
    status: 202,
    async handler(ctx) {
      const { body } = ctx;
      if (body.owner && body.ownerTenantId !== undefined) {
        throw new FieldError(
          ['ownerTenantId'],
          'account.twoOwners',
          'Name a new owner or one that exists, not both.',
        );
      }
      if (body.parentTenantId !== undefined && !body.owner) {
        throw new FieldError(
          ['parentTenantId'],
          'account.parentWithoutOwner',
          'This says where a new owner is put. Name the owner too.',
        );
      }
      const created = await createAccount(room, workOf(ctx), ctx.actor, {
        name: body.name,
        planId: body.plan,
        shell: body.shell,
        contact: body.contact ?? null,
        owner: body.owner && { ...body.owner, name: body.owner.name ?? body.owner.email },
        ownerTenantId: body.ownerTenantId,
        parentTenantId: body.parentTenantId,
      });
      const { row, user, generatedPassword } = created;
      ctx.audit({ object: `account/${row.id}`, summary: row.spec.name });
      return ctx.accepted({ kind: 'account', id: row.id }, async (em) => ({
        account: await read(row.id)(em),
        user,
        generatedPassword,
      }));
    },
  });

  kit.route({
    method: 'PATCH',
    path: '/accounts/{id}',
    permission: 'account.write',
    summary: 'Change the contact or the shell of an account',
    tags: ['accounts'],
    params,
    body: z.strictObject({ contact: contact.nullable().optional(), shell: z.boolean().optional() }),
    reply: accountView,
    status: 202,
    async handler(ctx) {
      const row = await accountForChange(ctx.em, ctx.params.id);
      assertNotPurged(row);
      const next = {
        ...row.spec,
        contact: ctx.body.contact === undefined ? row.spec.contact : ctx.body.contact,
        shell: ctx.body.shell ?? row.spec.shell,
      };
      await ctx.desired.update<Account>('account', row, next);
      ctx.audit({ object: `account/${row.id}`, summary: row.name });
      return ctx.accepted({ kind: 'account', id: row.id }, read(row.id));
    },
  });
}
