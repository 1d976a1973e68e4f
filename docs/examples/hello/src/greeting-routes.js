import { idParam, lineOfText, NotFound, pageOf, pageQuery, z } from '@tenpanel/sdk';
import { Greeting } from './greeting.js';

const greetingReply = z.strictObject({
  id: z.number().int(),
  accountId: z.number().int(),
  text: z.string(),
  sentAt: z.string().nullable(),
});

const view = (row) => ({
  id: row.id,
  accountId: row.accountId,
  text: row.text,
  sentAt: row.sentAt?.toISOString() ?? null,
});

export const listGreetings = () => ({
  method: 'GET',
  path: '/greetings',
  permission: 'hello.greeting.read',
  summary: 'List greetings',
  query: z.strictObject({ ...pageQuery, accountId: idParam.optional() }),
  reply: pageOf(greetingReply),
  handler: ({ page, query }) =>
    page(Greeting, query.accountId ? { accountId: query.accountId } : {}, { query, map: view }),
});

export const createGreeting = (kit, accounts) => ({
  method: 'POST',
  path: '/greetings',
  permission: 'hello.greeting.write',
  summary: 'Write a greeting for an account',
  body: z.strictObject({ accountId: idParam, text: lineOfText(80) }),
  reply: greetingReply,
  status: 201,
  async handler({ em, body, audit }) {
    // The entity manager knows who asks: the account of somebody else is not there.
    const account = await accounts.get(em, body.accountId);
    if (!account) throw new NotFound('account');
    await kit.limits.enforce(em, account.id, 'greetings');
    const row = em.create(Greeting, {
      tenantId: account.tenantId,
      accountId: account.id,
      text: body.text,
      sentAt: null,
    });
    await em.flush();
    audit({ object: `greeting/${row.id}` });
    return view(row);
  },
});

export const sendGreeting = () => ({
  method: 'POST',
  path: '/greetings/{id}/send',
  permission: 'hello.greeting.write',
  summary: 'Send a greeting, as a job',
  params: z.strictObject({ id: idParam }),
  reply: z.strictObject({ jobId: z.string() }),
  status: 202,
  preview: false,
  async handler({ em, params, startJob }) {
    const row = await em.findOne(Greeting, { id: params.id });
    if (!row) throw new NotFound('greeting');
    return startJob('hello.send', { id: row.id }, { key: `greeting/${row.id}` });
  },
});
