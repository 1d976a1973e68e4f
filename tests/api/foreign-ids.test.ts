import type { ApiClient, TestPanel } from '@tenpanel/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Operation } from './document.js';
import { startFullPanel } from './full-panel.js';
import { SchemaWalk } from './leaves.js';
import { Walker } from './walker.js';
import { wellFormed } from './well-formed.js';

/** Fields of bodies that name an object by its number. */
const REFERENCE = /(^|[a-z])(Id|plan|account)$|^(id|plan|account)$/;
const NOWHERE = 999_999;

/** What one reseller owns. */
interface Estate {
  api: ApiClient;
  token: string;
  plan: number;
  account: number;
  client: ApiClient;
}

let panel: TestPanel;
let walker: Walker;
let walk: SchemaWalk;
let own: Estate;
let other: Estate;

const tokenOf = (api: ApiClient): string => (api as unknown as { token: string }).token;

async function estate(name: string): Promise<Estate> {
  const api = await panel.as('reseller');
  const client = await panel.as('client', { parentId: api.me.tenantId });
  const plan = await api.post<{ id: number }>('/plans', { name: `of ${name}`, limits: {} });
  const account = await api.post<{ account: { id: number } }>('/accounts', {
    name,
    plan: plan.body.id,
    ownerTenantId: client.me.tenantId,
  });
  expect([plan.status, account.status, account.body]).toEqual([201, 202, expect.anything()]);
  return { api, token: tokenOf(api), plan: plan.body.id, account: account.body.account.id, client };
}

beforeAll(async () => {
  panel = await startFullPanel({ worker: false });
  walker = await Walker.over(panel);
  walk = new SchemaWalk(walker.document.schemas);
  own = await estate('anna');
  other = await estate('bruno');
});
afterAll(() => panel?.stop());

/** The number that `key` of a body needs to name something of this reseller. */
function idFor(key: string, owner: Estate): number {
  if (key === 'plan') return owner.plan;
  if (key === 'account') return owner.account;
  if (key === 'userId') return owner.client.me.userId;
  return /parent/i.test(key) ? owner.api.me.tenantId : owner.client.me.tenantId;
}

/** Bodies that would be taken from the reseller if the one number in them were its own. */
function bodyOf(operation: Operation): Record<string, unknown> {
  const bodies: Record<string, Record<string, unknown>> = {
    'POST /accounts': { name: 'carla', plan: own.plan, ownerTenantId: own.client.me.tenantId },
    'POST /accounts/{id}/change-plan': { plan: own.plan },
    'POST /accounts/{id}/transfer': { tenantId: own.client.me.tenantId },
    'POST /resellers': { name: 'Sub', email: 'sub@example.com' },
    'POST /tokens': { name: 'mine' },
    'POST /users': {
      email: 'new@example.com',
      name: 'New',
      role: 'client',
      tenantId: own.client.me.tenantId,
    },
    'POST /vhosts': { account: own.account, domain: 'new.example.com' },
  };
  return bodies[operation.name] ?? {};
}

describe('numbers in a body', () => {
  it('name nothing of another tenant, and the answer does not tell whether it is there', async () => {
    const seen: string[] = [];
    const faults: string[] = [];
    for (const operation of walker.document.operations.filter(({ takesBody }) => takesBody)) {
      for (const path of walk.numbers(operation.body)) {
        const key = String(path.at(-1));
        if (!REFERENCE.test(key)) continue;
        seen.push(`${operation.name} ${path.join('.')}`);
        const send = (id: number) =>
          walker.sendTo(operation, {
            token: own.token,
            params: { ...wellFormed(operation), id: own.account },
            body: walk.withValue(operation.body, bodyOf(operation), path, id),
          });
        const foreign = await send(idFor(key, other));
        const missing = await send(NOWHERE);
        const told = `${operation.name} ${path.join('.')}: ${foreign.status} ${String(foreign.body?.['code'])}`;
        if (foreign.status < 400) faults.push(`${told}, was taken`);
        if (foreign.status !== missing.status || foreign.body['code'] !== missing.body['code'])
          faults.push(
            `${told}, but ${missing.status} ${String(missing.body['code'])} for a number that names nothing`,
          );
      }
    }
    expect(faults).toEqual([]);
    expect(seen).toEqual(
      expect.arrayContaining([
        'POST /vhosts account',
        'POST /accounts plan',
        'POST /accounts/{id}/transfer tenantId',
      ]),
    );
  });

  it('name the reseller’s own objects', async () => {
    const made = await walker.send('POST /vhosts', {
      token: own.token,
      body: { account: own.account, domain: 'own.example.com' },
    });
    expect(made.status).toBe(202);
  });
});
