import type { ApiClient, TestPanel } from '@tenpanel/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFullPanel } from './full-panel.js';

interface Site extends Record<string, unknown> {
  id: number;
}

let panel: TestPanel;
let client: ApiClient;
let site: number;

beforeAll(async () => {
  panel = await startFullPanel();
  client = await panel.as('client');
  const plan = (await panel.api.post<{ id: number }>('/plans', { name: 'standard', limits: {} })).body.id;
  const made = await panel.api.post<{ account: { id: number } }>('/accounts', {
    name: 'alice',
    plan,
    ownerTenantId: client.me.tenantId,
  });
  expect(made.status, JSON.stringify(made.body)).toBe(202);
  await panel.settle();
  const { status, body } = await client.post<Site>('/vhosts', {
    account: made.body.account.id,
    domain: 'shop.example.com',
  });
  expect(status, JSON.stringify(body)).toBe(202);
  site = body.id;
  await panel.settle();
});
afterAll(() => panel?.stop());

/** Send all at the same moment; every one that was acknowledged must be seen afterwards. */
async function race(
  path: string,
  changes: Record<string, unknown>[],
): Promise<{ acknowledged: Record<string, unknown>[]; refused: unknown[] }> {
  const answers = await Promise.all(changes.map((change) => client.patch(path, change)));
  const acknowledged = changes.filter((_, index) => (answers[index]?.status ?? 500) < 300);
  return { acknowledged, refused: answers.filter(({ status }) => status >= 300).map(({ body }) => body) };
}

describe('changes of one site at the same moment', () => {
  it('are all kept when they change different fields of the web server', async () => {
    const { acknowledged, refused } = await race(`/vhosts/${site}`, [
      { documentRoot: 'public_html/web' },
      { www: 'toBare' },
      { aliases: ['www2.example.com'] },
      { errorPages: [{ status: 404, path: '/404.html' }] },
      { redirects: [{ match: 'exact', from: '/old', to: '/new', status: 301 }] },
      { rewrite: { preset: 'wordpress' } },
    ]);
    expect(refused).toEqual([]);
    const { body } = await client.get<Site>(`/vhosts/${site}`);
    for (const change of acknowledged) expect(body).toMatchObject(change);
  });

  it('are all kept when they change different PHP values', async () => {
    const { acknowledged, refused } = await race(`/vhosts/${site}/php`, [
      { ini: { memory_limit: '300M' } },
      { ini: { max_input_vars: 4000 } },
      { ini: { max_execution_time: 77 } },
      { version: '8.2' },
    ]);
    expect(refused).toEqual([]);
    const { body } = await client.get<Site>(`/vhosts/${site}/php`);
    for (const change of acknowledged) expect(body).toMatchObject(change);
  });

  it('are all kept when they change different parts of the cache policy', async () => {
    const { acknowledged, refused } = await race(`/vhosts/${site}/cache`, [
      { ttl: 333 },
      { grace: 99 },
      { bypassPaths: ['/private'] },
      { enabled: false },
    ]);
    expect(refused).toEqual([]);
    const { body } = await client.get<Site>(`/vhosts/${site}/cache`);
    for (const change of acknowledged) expect(body).toMatchObject(change);
  });

  it('of site, PHP and cache do not block each other for good', async () => {
    const answers = await Promise.all([
      client.patch(`/vhosts/${site}`, { www: 'none', extra: { php: { version: '8.4' } } }),
      client.patch(`/vhosts/${site}/php`, { ini: { memory_limit: '301M' } }),
      client.patch(`/vhosts/${site}/cache`, { ttl: 334 }),
      client.patch(`/vhosts/${site}`, { enabled: true }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202]);
    await panel.settle();
    expect((await client.get(`/vhosts/${site}`)).body).toMatchObject({ www: 'none', status: 'active' });
    expect((await client.get(`/vhosts/${site}/php`)).body).toMatchObject({
      version: '8.4',
      ini: { memory_limit: '301M' },
    });
    expect((await client.get(`/vhosts/${site}/cache`)).body).toMatchObject({ ttl: 334 });
  });
});
