import { fileURLToPath } from 'node:url';
import { generateSync } from 'otplib';
import type { TestPanel } from '@tenpanel/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFullPanel } from './full-panel.js';
import { Walker, type Answer, type Step } from './walker.js';

/**
 * Every operation once with success, on a panel with all plugins: the answers keep to the document, and every change
 * leaves exactly one row of its own in the audit log.
 */
const PASSWORD = 'correct horse battery staple';
/** Written on purpose without a row: nobody would look for the renewal of an access token. */
const SILENT = new Set(['POST /auth/refresh']);

let panel: TestPanel;
let walker: Walker;
/** API token of the administrator. */
let token: string;
/** Access token of an administrator who signed in, as a person. */
let person: string;
let account = 0;
let site = 0;
let plan = 0;
const audited: string[] = [];

type Body = Record<string, unknown>;
async function act<T = Body>(name: string, step: Step = {}): Promise<Answer<T>> {
  const answer = await walker.send<T>(name, { token, ...step });
  expect(answer.status, `${name} ${JSON.stringify(answer.body)}`).toBeLessThan(300);
  if (!name.startsWith('GET')) {
    const rows = await walker.auditRows(name, answer);
    const wanted = SILENT.has(name) ? '' : 'ok';
    if (rows.join() !== wanted)
      audited.push(`${name} left ${rows.length === 0 ? 'no row' : rows.join(' and ')}`);
  }
  return answer;
}
const idOf = ({ body }: Answer<Body>, key?: string): number =>
  Number((key === undefined ? body : (body[key] as Body))['id']);
const signIn = async (login: string, more: Body = {}) =>
  act<{ accessToken: string; refreshToken: string }>('POST /auth/login', {
    token: undefined as never,
    body: { login, password: PASSWORD, ...more },
  });
const user = async (email: string, role: string, more: Body = {}) =>
  idOf(await act('POST /users', { body: { email, name: email, role, password: PASSWORD, ...more } }), 'user');

beforeAll(async () => {
  panel = await startFullPanel();
  token = (panel.api as unknown as { token: string }).token;
  walker = await Walker.over(panel);
});
afterAll(() => panel?.stop());

describe('every operation succeeds for who may do it', () => {
  it('plans', async () => {
    plan = idOf(await act('POST /plans', { body: { name: 'standard', limits: { sites: 10 } } }));
    const params = { id: plan };
    await act('GET /plans');
    await act('GET /plans/{id}', { params });
    await act('GET /plan-limits');
    await act('GET /limits');
    await act('PATCH /plans/{id}', { params, body: { description: 'For most' } });
    await act('POST /plans/{id}/impact', { params, body: { limits: { sites: 5 } } });
    const copy = idOf(await act('POST /plans/{id}/clone', { params, body: { name: 'copy' } }));
    await act('DELETE /plans/{id}', { params: { id: copy } });
  });

  it('accounts', async () => {
    account = idOf(await act('POST /accounts', { body: { name: 'alice', plan } }), 'account');
    await panel.settle();
    const params = { id: account };
    await act('GET /accounts');
    await act('GET /accounts/{id}', { params });
    await act('GET /accounts/{id}/metrics', { params });
    // eslint-disable-next-line no-restricted-syntax -- the account's login shell, not a program that we start
    await act('PATCH /accounts/{id}', { params, body: { shell: true } });
    const larger = idOf(await act('POST /plans', { body: { name: 'larger' } }));
    await act('POST /accounts/{id}/change-plan', { params, body: { plan: larger } });
    await act('POST /accounts/{id}/suspend', { params, body: { reason: 'unpaid' } });
    await act('POST /accounts/{id}/resume', { params });
    const tenantId = (await panel.as('client')).me.tenantId;
    await act('POST /accounts/{id}/transfer', { params, body: { tenantId } });
    const other = { id: idOf(await act('POST /accounts', { body: { name: 'bob', plan } }), 'account') };
    await act('DELETE /accounts/{id}', { params: other });
    await act('POST /accounts/{id}/restore', { params: other });
    await act('DELETE /accounts/{id}', { params: other });
    await act('POST /accounts/{id}/purge', { params: other, body: { confirm: 'bob' } });
    await panel.settle();
  });

  it('sites with PHP, cache and limits', async () => {
    site = idOf(await act('POST /vhosts', { body: { account, domain: 'a.example.com' } }));
    await panel.settle();
    const params = { id: site };
    await act('GET /vhosts');
    for (const part of ['', '/config', '/logs', '/traffic', '/php', '/php/status', '/cache', '/cache/stats'])
      await act(`GET /vhosts/{id}${part}`, { params });
    await act('PATCH /vhosts/{id}', { params, body: { www: 'toBare' } });
    const text = 'Redirect 301 /old /new\n';
    await act('POST /vhosts/{id}/convert-htaccess', { params, body: { text } });
    await act('POST /vhosts/{id}/convert-htaccess', { params, body: { text, apply: true } });
    await act('PATCH /vhosts/{id}/php', { params, body: { version: '8.2', ini: { memory_limit: '300M' } } });
    await panel.settle();
    await act('POST /vhosts/{id}/php/restart', { params });
    await act('PATCH /vhosts/{id}/cache', { params, body: { ttl: 300 } });
    await act('POST /vhosts/{id}/cache/purge', { params, body: { all: true } });
    await act('PUT /vhosts/{id}/cache/vcl', { params, body: { deliver: 'unset resp.http.Server;' } });
    await act('DELETE /vhosts/{id}/cache/vcl', { params });
    await act('GET /cgroups');
    await act('GET /cgroup-support');
    await act('GET /cgroups/{account}', { params: { account: 'alice' } });
    await act('PATCH /cgroups/{account}', { params: { account: 'alice' }, body: { memory: '512M' } });
    await act('POST /cgroups/{account}/reset', { params: { account: 'alice' }, body: {} });
    await act('GET /cache');
    await act('GET /php');
    await act('GET /php/options');
    await act('POST /php/refresh');
    await panel.settle();
  });

  it('what is waiting, what was edited, what was done, and undoing it', async () => {
    await act('GET /plan');
    await act('POST /plan/apply');
    await act('GET /plan/queue');
    const file = '/etc/nginx/conf.d/tp-a.example.com.conf';
    panel.agent.edit(file, 'by hand');
    await act('POST /drift');
    const drifted = await act<{ items: { id: number; absolute: string }[] }>('GET /drift');
    const id = drifted.body.items.find(({ absolute }) => absolute === file)?.id ?? 0;
    await act('GET /drift/{id}', { params: { id } });
    await act('POST /drift/{id}/keep', { params: { id } });
    await act('POST /drift/{id}/restore', { params: { id } });
    await panel.settle();
    await act('GET /checks');
    await act('POST /checks/repair');
    await act('PATCH /vhosts/{id}', { params: { id: site }, body: { www: 'none' } });
    const changes = await act<{ items: { changeId: string }[] }>('GET /changes', {
      query: { kind: 'vhost' },
    });
    const changeId = changes.body.items[0]?.changeId ?? '';
    await act('POST /changes/{changeId}/undo', { params: { changeId } });
    await panel.settle();
    await act('GET /audit');
    await act('GET /audit/export');
    await act('GET /audit/verify');
    await act('GET /metrics');
    await act('GET /events');
    await act('GET /ui/plugins');
    await act('GET /messages/{language}', { token: undefined as never, params: { language: 'de' } });
  });

  it('jobs', async () => {
    const { body } = await act<{ jobId: string }>('POST /php/versions', { body: { version: '8.3' } });
    const params = { id: body.jobId };
    await act('GET /jobs');
    await act('GET /jobs/{id}', { params });
    await act('GET /jobs/{id}/events', { params });
    await act('POST /jobs/{id}/cancel', { params });
    await panel.settle();
  });

  it('users, resellers and people themselves', async () => {
    const params = { id: await user('helper@example.com', 'admin') };
    await act('GET /users');
    await act('GET /users/{id}', { params });
    await act('PATCH /users/{id}', { params, body: { name: 'Helper' } });
    await act('POST /users/{id}/disable', { params });
    await act('POST /users/{id}/enable', { params });
    await act('PUT /users/{id}/permissions', { params, body: { permissions: ['user.read'] } });
    await act('POST /users/{id}/reset-password', { params, body: {} });
    await act('DELETE /users/{id}', { params });

    const reseller = idOf(
      await act('POST /resellers', { body: { name: 'R', email: 'r@example.com' } }),
      'reseller',
    );
    await act('GET /resellers');
    await act('GET /resellers/{id}', { params: { id: reseller } });
    await act('PATCH /resellers/{id}', { params: { id: reseller }, body: { name: 'Reseller' } });
    await act('POST /resellers/{id}/suspend', { params: { id: reseller }, body: { reason: 'unpaid' } });
    await act('POST /resellers/{id}/resume', { params: { id: reseller } });

    await user('person@example.com', 'admin');
    person = (await signIn('person@example.com')).body.accessToken;
    const customer = await user('customer@example.com', 'client', { tenant: { name: 'Customer' } });
    await act('POST /users/{id}/login-as', { token: person, params: { id: customer }, body: {} });
  });

  it('what a person does with their own sign-in', async () => {
    const self = { token: person };
    await act('GET /me', self);
    await act('PATCH /me', { ...self, body: { language: 'de' } });
    const { secret } = (await act<{ secret: string }>('POST /me/totp', self)).body;
    const code = generateSync({ secret, epoch: Math.floor(Date.now() / 1000) });
    await act('POST /me/totp/confirm', { ...self, body: { code } });
    await act('POST /me/backup-codes', self);
    await act('DELETE /me/totp', self);
    await act('POST /auth/step-up', { ...self, body: { password: PASSWORD } });
    const second = await signIn('person@example.com');
    const sessions = await act<{ items: { id: string; current: boolean }[] }>('GET /me/sessions', self);
    const other = sessions.body.items.find(({ current }) => !current)?.id ?? '';
    await act('DELETE /me/sessions/{id}', { ...self, params: { id: other } });
    expect((await walker.send('GET /me', { token: second.body.accessToken })).status).toBe(401);
    await act('DELETE /me/sessions', self);
    await act('POST /me/password', { ...self, body: { current: PASSWORD, password: `${PASSWORD}!` } });
    const third = await signIn('person@example.com', { password: `${PASSWORD}!` });
    const anonymous = { token: undefined as never };
    const { refreshToken } = third.body;
    const renewed = await act<{ refreshToken: string; accessToken: string }>('POST /auth/refresh', {
      ...anonymous,
      body: { refreshToken },
    });
    const key = idOf(
      await act('POST /tokens', { token: renewed.body.accessToken, body: { name: 'ci' } }),
      'token',
    );
    await act('GET /tokens', { token: renewed.body.accessToken });
    await act('DELETE /tokens/{id}', { token: renewed.body.accessToken, params: { id: key } });
    await act('POST /auth/logout', { ...anonymous, body: { refreshToken: renewed.body.refreshToken } });
  });

  it('webhooks and settings', async () => {
    const hook = { url: 'https://hooks.example.com/in', events: ['site.*'] };
    const params = { id: idOf(await act('POST /webhooks', { body: hook }), 'webhook') };
    await act('GET /webhooks');
    await act('GET /webhooks/{id}', { params });
    await act('PATCH /webhooks/{id}', { params, body: { enabled: false } });
    await act('POST /webhooks/{id}/rotate-secret', { params });
    await act('POST /webhooks/{id}/test', { params });
    await act('GET /webhooks/{id}/deliveries', { params });
    await act('DELETE /webhooks/{id}', { params });
    const setting = { owner: 'varnish', key: 'defaultTtl' };
    await act('GET /settings');
    await act('PUT /settings/{owner}/{key}', { params: setting, body: { value: 60 } });
    await act('GET /settings/{owner}/{key}', { params: setting });
    await act('DELETE /settings/{owner}/{key}', { params: setting });
  });

  it('deleting, and plugins', async () => {
    await act('DELETE /vhosts/{id}', { params: { id: site } });
    await panel.settle();
    await act('GET /plugins');
    const params = { id: 'cgroups' };
    await act('GET /plugins/{id}', { params });
    await act('POST /plugins/{id}/disable', { params, body: {} });
    await act('POST /plugins/{id}/install', { params });
    await act('POST /plugins/{id}/enable', { params });
    await act('POST /plugins/{id}/uninstall', { params, body: { data: 'keep' } });
    const path = fileURLToPath(new URL('../../docs/examples/hello', import.meta.url));
    await act('POST /plugins', { body: { path } });
  });

  it('leaves out no operation', () => {
    const missing = walker.document.operations.filter(({ name }) => !walker.done.has(name));
    expect(missing.map(({ name }) => name)).toEqual([]);
  });

  it('keeps to the document', () => {
    expect([...new Set(walker.faults)]).toEqual([]);
  });

  it('leaves exactly one row of the audit log for every change', () => {
    expect([...new Set(audited)]).toEqual([]);
  });
});
