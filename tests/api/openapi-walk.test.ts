import type { ApiClient, TestPanel } from '@tenpanel/testing';
import { hashToken } from '@tenpanel/kernel/auth/hash-token';
import { sql } from '@tenpanel/kernel/db/sql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Operation } from './document.js';
import { startFullPanel } from './full-panel.js';
import { samples } from './samples.js';
import { UUID, wellFormed } from './well-formed.js';
import { Walker } from './walker.js';

let panel: TestPanel;
let walker: Walker;
let admin: string;
/** A client's token with every permission of the role, and one without any. */
let client: ApiClient;
let stranger: ApiClient;
let bare: string;
/** Objects of `client`, by the parameters that name them. */
const theirs: Record<string, string | number> = {};

const token = (api: ApiClient): string => (api as unknown as { token: string }).token;
const closed = (operation: Operation) => operation.permission !== 'public';
const bodyOf = (operation: Operation): unknown =>
  samples[operation.name] ?? (operation.takesBody ? {} : undefined);
/** Every operation at once would wait for the database anyway; a few at a time is quickest. */
async function each(
  operations: readonly Operation[],
  work: (operation: Operation) => Promise<string | null>,
): Promise<string[]> {
  const found: string[] = [];
  const queue = [...operations];
  const lane = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const fault = await work(next);
      if (fault) found.push(`${next.name}: ${fault}`);
    }
  };
  await Promise.all(Array.from({ length: 6 }, lane));
  return found.sort();
}

beforeAll(async () => {
  panel = await startFullPanel({ worker: false });
  walker = await Walker.over(panel);
  admin = token(panel.api);
  client = await panel.as('client');
  stranger = await panel.as('client');
  bare = token(await panel.as('client', { permissions: [] }));
  const plan = await panel.api.post<{ id: number }>('/plans', { name: 'standard', limits: {} });
  const account = await panel.api.post<{ account: { id: number } }>('/accounts', {
    name: 'alice',
    plan: plan.body.id,
    ownerTenantId: client.me.tenantId,
  });
  theirs['account'] = account.body.account.id;
  const site = await client.post<{ id: number }>('/vhosts', {
    account: theirs['account'],
    domain: 'a.example.com',
  });
  theirs['vhost'] = site.body.id;
  const hook = await client.post<{ webhook: { id: number } }>('/webhooks', samples['POST /webhooks']);
  theirs['webhook'] = hook.body.webhook.id;
  theirs['user'] = client.me.userId;
  const changes = await client.get<{ items: { changeId: string }[] }>('/changes');
  theirs['change'] = changes.body.items[0]?.changeId ?? '';
  const tokens = await client.get<{ items: { id: number }[] }>('/tokens');
  theirs['token'] = tokens.body.items[0]?.id ?? 0;
  expect(Object.entries(theirs).filter(([, value]) => !value)).toEqual([]);
});
afterAll(() => panel?.stop());

describe('every operation of the document', () => {
  it('has a sample here when its body must hold something', () => {
    const lost = walker.document.operations.filter(
      (operation) => operation.mustHave.length > 0 && !Object.hasOwn(samples, operation.name),
    );
    expect(lost.map(({ name }) => name)).toEqual([]);
  });

  it('answers 401 to who has not signed in', async () => {
    const faults = await each(walker.document.operations.filter(closed), async (operation) => {
      const { status } = await walker.sendTo(operation, { body: bodyOf(operation) });
      return status === 401 ? null : `answered ${status}`;
    });
    expect(faults).toEqual([]);
  });

  it('answers 403 to a token without its permission', async () => {
    const operations = walker.document.operations.filter(
      ({ permission }) => permission !== 'public' && permission !== 'self',
    );
    const faults = await each(operations, async (operation) => {
      const { status, body } = await walker.sendTo(operation, { token: bare, body: bodyOf(operation) });
      return status === 403 && body['code'] === 'auth.forbidden' ? null : `answered ${status}`;
    });
    expect(faults).toEqual([]);
  });

  it('answers 401 to a token that has expired', async () => {
    const old = token(await panel.as('admin'));
    await panel.kernel.db.transaction('/', (em) =>
      sql(em, 'update kernel.api_tokens set expires_at = $2 where hash = $1', [
        hashToken(old),
        new Date(panel.kernel.now() - 1_000),
      ]),
    );
    const faults = await each(walker.document.operations.filter(closed), async (operation) => {
      const { status } = await walker.sendTo(operation, { token: old, body: bodyOf(operation) });
      return status === 401 ? null : `answered ${status}`;
    });
    expect(faults).toEqual([]);
  });

  it.each(['reseller', 'client'] as const)('answers 403 to a %s when it is not for one', async (role) => {
    const { permissions } = panel.kernel.registry;
    const person = token(await panel.as(role));
    const operations = walker.document.operations.filter(({ permission }) => {
      const roles = permissions.get(permission)?.roles as readonly string[] | undefined;
      return roles !== undefined && !roles.includes(role);
    });
    expect(operations.length).toBeGreaterThan(5);
    const faults = await each(operations, async (operation) => {
      const { status } = await walker.sendTo(operation, { token: person, body: bodyOf(operation) });
      return status === 403 ? null : `answered ${status}`;
    });
    expect(faults).toEqual([]);
  });

  it('answers 422 to a field that it does not know, and names it', async () => {
    const names = ({ body }: { body: Record<string, unknown> }) =>
      ((body['errors'] as { pointer: string }[] | undefined) ?? []).map(({ pointer }) => pointer);
    const faults = await each(walker.document.operations, async (operation) => {
      const query = await walker.sendTo(operation, {
        token: admin,
        params: wellFormed(operation),
        query: { surprise: '1' },
        body: bodyOf(operation),
      });
      if (query.status !== 422 || !names(query).includes('/surprise')) return `query: ${query.status}`;
      if (operation.method === 'GET') return null;
      const body = await walker.sendTo(operation, {
        token: admin,
        params: wellFormed(operation),
        body: { ...(bodyOf(operation) as object | undefined), surprise: 1 },
      });
      return body.status === 422 && names(body).includes('/surprise') ? null : `body: ${body.status}`;
    });
    expect(faults).toEqual([]);
  });

  it('answers 404 to the id of somebody else’s object', async () => {
    // A visit begins with a person; a token is refused before its target is looked at.
    const operations = walker.document.operations.filter(
      ({ path, name }) => foreign(path) !== null && name !== 'POST /users/{id}/login-as',
    );
    // Nothing that takes an id is left out by accident.
    expect(operations.length).toBeGreaterThan(40);
    const faults = await each(operations, async (operation) => {
      const mayClient =
        panel.kernel.registry.permissions.get(operation.permission)?.roles.includes('client') ?? false;
      const { status, body } = await walker.sendTo(operation, {
        token: mayClient ? token(stranger) : admin,
        params: mayClient ? (foreign(operation.path) ?? {}) : nowhere(operation),
        body: bodyOf(operation),
      });
      return status === 404 ? null : `answered ${status} ${String(body?.['code'])}`;
    });
    expect(faults).toEqual([]);
  });

  it('answers 405 with what it takes to every other method of its path', async () => {
    const paths = [...new Set(walker.document.operations.map(({ path }) => path))];
    const faults: string[] = [];
    for (const path of paths) {
      const own = walker.document.operations.filter((one) => one.path === path).map(({ method }) => method);
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter((one) => !own.includes(one))) {
        const url = new URL(path.replace(/\{[^}]+\}/g, '1'), panel.url);
        const response = await fetch(url, { method, headers: { authorization: `Bearer ${admin}` } });
        const allow = (response.headers.get('allow') ?? '').split(', ').filter((one) => one !== 'HEAD');
        if (response.status !== 405 || allow.join() !== [...own].sort().join())
          faults.push(`${method} ${path}: ${response.status}, Allow: ${allow.join()}`);
      }
    }
    expect(faults).toEqual([]);
  });

  it('keeps to the document in all these answers', () => {
    expect([...new Set(walker.faults)]).toEqual([]);
  });
});

/** Parameters of the same form that name nothing. */
function nowhere(operation: Operation): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(wellFormed(operation)).map(([name, value]) => [
      name,
      value === UUID ? UUID : typeof value === 'number' || name === 'account' ? 999_999 : 'nothing',
    ]),
  );
}

/** The client's objects in this path, as another client would name them; null for a path without any. */
function foreign(path: string): Record<string, string | number> | null {
  if (path.startsWith('/api/me/') || path.startsWith('/api/messages/') || !path.includes('{')) return null;
  const collection = path.split('/')[2] ?? '';
  const id = theirs[collection.replace(/s$/, '')] ?? 999_999;
  return { id, account: theirs['account'] ?? 0, changeId: theirs['change'] ?? '', owner: 'x', key: 'y' };
}
