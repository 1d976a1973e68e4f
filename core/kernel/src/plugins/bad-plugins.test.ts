import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTestPanel, type TestPanel } from '@tenpanel/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

interface Specimen {
  /** Lines before the definition. */
  head?: string;
  manifest?: Record<string, unknown>;
  /** Statements of `setup(kit, deps)`. */
  setup?: string;
  /** The whole module instead. */
  module?: string;
  /** The rest of the definition. */
  definition?: string;
  state: 'blocked' | 'failed';
  reason: RegExp;
}

const route = (more: string) =>
  `kit.route({ method: 'GET', path: '/x', permission: 'self', summary: 'x', handler: async () => ({}), ${more} });`;
const token = (id: string, version: string) => `{ id: '${id}', version: '${version}' }`;

/** Every way to be a bad plugin that we know of. Each one must fall by itself, with a reason, and hold nobody else. */
const zoo: Record<string, Specimen> = {
  'throws-at-import': {
    module: `throw new Error('no database driver');`,
    state: 'failed',
    reason: /could not be loaded: no database driver/,
  },
  'hangs-at-setup': {
    setup: 'await new Promise(() => {});',
    state: 'failed',
    reason: /setup failed: it took longer than 1 seconds/,
  },
  'throws-in-setup': {
    setup: `throw new Error('out of luck');`,
    state: 'failed',
    reason: /setup failed: out of luck/,
  },
  'exports-nothing': {
    module: 'export const answer = 42;',
    state: 'failed',
    reason: /no default export made by definePlugin/,
  },
  'says-another-id': {
    module: `export default { id: 'somebody-else', setup() {} };`,
    state: 'failed',
    reason: /manifest says id "says-another-id", its code says "somebody-else"/,
  },
  'lies-about-version': {
    manifest: { provides: { 'lie-one': '2.0.0' } },
    setup: `kit.provide(${token('lie-one', '1.0.0')}, {});`,
    state: 'failed',
    reason: /manifest says lie-one 2\.0\.0, its code provides 1\.0\.0/,
  },
  'provides-nothing': {
    manifest: { provides: { 'lie-two': '1.0.0' } },
    state: 'failed',
    reason: /says it provides lie-two, but its code does not/,
  },
  'provides-more': {
    setup: `kit.provide(${token('lie-three', '1.0.0')}, {});`,
    state: 'failed',
    reason: /provides lie-three, which the manifest does not name/,
  },
  'swallows-the-refusal': {
    setup: `try { kit.provide(${token('lie-four', '1.0.0')}, {}); } catch {}`,
    state: 'failed',
    reason: /provides lie-four, which the manifest does not name/,
  },
  'built-for-another-contract': {
    manifest: { requires: { good: '^1.0.0' } },
    definition: `deps: { good: ${token('good', '2.0.0')} },`,
    state: 'failed',
    reason: /was built for good 2\.0\.0; its manifest asks for \^1\.0\.0/,
  },
  'undeclared-dependency': {
    definition: `deps: { good: ${token('good', '1.0.0')} },`,
    state: 'failed',
    reason: /uses good, which the manifest does not name in "requires"/,
  },
  'undeclared-permission': {
    setup: route(`permission: 'site.delete'`),
    state: 'failed',
    reason: /asks for the permission site\.delete, which the manifest does not declare/,
  },
  'public-route': { setup: route(`permission: 'public'`), state: 'failed', reason: /is public/ },
  'parameter-without-schema': {
    setup: route(`path: '/x/{id}'`),
    state: 'failed',
    reason: /parameter \{id\} has no schema/,
  },
  'takes-a-route': {
    setup: route(`path: '/plugins'`),
    state: 'failed',
    reason: /route GET \/plugins belongs to kernel already/,
  },
  'takes-a-schema': {
    head: `import { z } from '@tenpanel/sdk';`,
    setup: route(
      `path: '/other', reply: z.strictObject({ list: z.array(z.strictObject({ a: z.string() }).meta({ id: 'Good' })) })`,
    ),
    state: 'failed',
    reason: /names a schema "Good" .* as good does already/,
  },
  'takes-a-schema-twice': {
    head: `import { z } from '@tenpanel/sdk';`,
    setup: `const thing = () => z.strictObject({ a: z.string() }).meta({ id: 'Twin' });
      ${route(`path: '/one', query: z.strictObject({}), reply: thing()`)} ${route(`path: '/two', reply: thing()`)}`,
    state: 'failed',
    reason: /cannot be described in the API document: .*Twin/,
  },
  'cannot-be-described': {
    head: `import { z } from '@tenpanel/sdk';`,
    setup: route(`path: '/other', reply: z.strictObject({ when: z.map(z.string(), z.bigint()) })`),
    state: 'failed',
    reason: /cannot be described in the API document/,
  },
  'takes-an-operation': {
    setup: route(`path: '/plugins-by-id'`).replace("{ method: 'GET'", "{ method: 'GET', command: false"),
    state: 'failed',
    reason: /cannot be told from GET \/plugins\/\{id\} of kernel/,
  },
  'takes-a-command': {
    setup: route(`path: '/other', command: { noun: 'users', verb: 'list' }`),
    state: 'failed',
    reason: /command "tenpanel users list" would stand for two routes, of kernel and of this plugin/,
  },
  'takes-a-local-command': {
    setup: route(`path: '/other', command: { noun: 'doctor', verb: 'show' }`),
    state: 'failed',
    reason: /"tenpanel doctor" is the panel's own/,
  },
  'has-no-command-word': {
    setup: route(`path: '/other', command: { noun: 'Two words', verb: 'show' }`),
    state: 'failed',
    reason: /A command is two words of lower-case letters/,
  },
  'takes-loose-objects': {
    head: `import { z } from '@tenpanel/sdk';`,
    setup: route(
      `path: '/other', method: 'POST', body: z.strictObject({ inner: z.object({ a: z.string() }) })`,
    ),
    state: 'failed',
    reason: /body\.inner must be z\.strictObject/,
  },
  'takes-a-permission': {
    manifest: { permissions: { 'plugin.write': { title: 'Mine', roles: ['client'] } } },
    state: 'failed',
    reason: /permission plugin\.write belongs to kernel already/,
  },
  'undeclared-hook': {
    setup: `kit.hooks.with('site.create', () => {});`,
    state: 'failed',
    reason: /taps the hook site\.create, which the manifest does not name/,
  },
  'undeclared-operation': {
    setup: `await kit.agent('account.list', {});`,
    state: 'failed',
    reason: /asked the root agent for account\.list, which its manifest does not declare/,
  },
  'anothers-driver': {
    manifest: { operations: ['config.read'] },
    setup: `await kit.agent('config.read', { driver: 'good', root: 'a', path: 'b' });`,
    state: 'failed',
    reason: /use the driver "good", which is not its own/,
  },
  'unknown-operation': {
    manifest: { operations: ['shell.run'] },
    state: 'blocked',
    reason: /declares the operation shell\.run, which the root agent does not have/,
  },
  'needs-itself-a': {
    manifest: { provides: { 'circle-a': '1.0.0' }, requires: { 'circle-b': '^1.0.0' } },
    state: 'blocked',
    reason: /needs itself in a circle: needs-itself-a -> needs-itself-b -> needs-itself-a/,
  },
  'needs-itself-b': {
    manifest: { provides: { 'circle-b': '1.0.0' }, requires: { 'circle-a': '^1.0.0' } },
    state: 'blocked',
    reason: /needs itself in a circle/,
  },
  'needs-the-missing': {
    manifest: { requires: { unobtainium: '^1.0.0' } },
    state: 'blocked',
    reason: /needs unobtainium \^1\.0\.0, which no enabled plugin provides/,
  },
  'needs-the-fallen': {
    manifest: { requires: { 'lie-one': '^2.0.0' } },
    state: 'blocked',
    reason: /needs lie-one from lies-about-version, which does not run: Its manifest says/,
  },
  'conflicts-with-good': {
    manifest: { conflicts: { good: '*' } },
    state: 'blocked',
    reason: /cannot run beside good/,
  },
  'wrong-api': {
    manifest: { api: '^99.0.0' },
    state: 'blocked',
    reason: /written for plugin API \^99\.0\.0; this panel offers/,
  },
  'unknown-manifest-key': {
    manifest: { superpowers: true },
    state: 'blocked',
    reason: /manifest is wrong at tenpanel/,
  },
  'migration-fails': {
    definition: `migrations: [{ name: '0001_broken', up: ['create tabel x ()'] }],`,
    state: 'failed',
    reason: /migration migration-fails\/0001_broken failed and was rolled back/,
  },
  'driver-missing': {
    manifest: { driver: 'driver.json' },
    state: 'blocked',
    reason: /host driver driver\.json that the manifest names does not exist/,
  },
};

let dir: string;
let panel: TestPanel;

async function plugin(
  id: string,
  { manifest = {}, head = '', setup = '', module, definition = '' }: Omit<Specimen, 'state' | 'reason'>,
): Promise<string> {
  const folder = join(dir, id);
  await mkdir(folder, { recursive: true });
  const meta = {
    name: id,
    version: '1.0.0',
    type: 'module',
    exports: './index.js',
    tenpanel: { id, api: '^1.0.0', tier: 'local', title: id, ...manifest },
  };
  await writeFile(join(folder, 'package.json'), JSON.stringify(meta));
  await writeFile(
    join(folder, 'index.js'),
    module ?? `${head}\nexport default { id: '${id}', ${definition} async setup(kit, deps) { ${setup} } };`,
  );
  return folder;
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tenpanel-zoo-'));
  // Named so that it comes before and between the others.
  const good = await plugin('good', {
    head: `import { z } from '@tenpanel/sdk';`,
    manifest: { provides: { good: '1.0.0' }, operations: ['account.list'] },
    setup: `kit.provide({ id: 'good', version: '1.0.0' }, {});
      kit.route({ method: 'GET', path: '/good', permission: 'self', summary: 'x', reply: z.strictObject({ a: z.number() }).meta({ id: 'Good' }), handler: async ({ agent, reply }) => reply(204, undefined, { 'x-accounts': String((await agent('account.list', {})).accounts.length) }) });`,
  });
  const turncoat = await plugin('turncoat', {
    setup: `kit.route({ method: 'GET', path: '/turncoat', permission: 'self', summary: 'x', handler: async ({ agent, reply }) => reply(204, undefined, { 'x-accounts': String((await agent('account.list', {})).accounts.length) }) });`,
  });
  const others = await Promise.all(Object.entries(zoo).map(([id, specimen]) => plugin(id, specimen)));
  panel = await startTestPanel({ plugins: [good, turncoat, ...others], setupLimitMs: 1_000, mustRun: false });
});
afterAll(async () => {
  await panel?.stop();
  await rm(dir, { recursive: true, force: true });
});

describe('a bad plugin', () => {
  it.each(Object.entries(zoo).map(([id, { state, reason }]) => ({ id, state, reason })))(
    '$id ends $state with the reason',
    async ({ id, state, reason }) => {
      const { body } = await panel.api.get<{ items: { id: string; state: string; reason: string }[] }>(
        '/plugins',
      );
      const found = body.items.find((one) => one.id === id);
      expect(found).toMatchObject({ state });
      expect(found?.reason).toMatch(reason);
    },
  );

  it('leaves the others running and serving', async () => {
    const { body } = await panel.api.get<{ state: string; reason: null }>('/plugins/good');
    expect(body).toMatchObject({ state: 'running', reason: null });
    const { status, headers } = await panel.api.get('/good');
    expect([status, headers.get('x-accounts')]).toEqual([204, '0']);
  });

  it('leaves the API document whole', async () => {
    const { status, body } = await panel.api.get<{ paths: object; components: { schemas: object } }>(
      '/openapi.json',
    );
    expect(status).toBe(200);
    expect(Object.keys(body.paths)).toEqual(
      expect.arrayContaining(['/api/good', '/api/users', '/api/plugins']),
    );
    expect(body.components.schemas).toHaveProperty('Good');
  });

  it('leaves nothing of itself behind', async () => {
    expect((await panel.api.get('/x')).status).toBe(404);
    const owners = new Set(panel.kernel.registry.routes.map(({ owner }) => owner));
    expect([...owners].sort()).toEqual(['good', 'kernel', 'turncoat']);
  });

  it('that shows its colours only later is stopped then, and its page says why', async () => {
    expect((await panel.api.get('/plugins/turncoat')).body).toMatchObject({ state: 'running' });
    expect((await panel.api.get('/turncoat')).status).toBe(500);
    const { body } = await panel.api.get<{ state: string; reason: string }>('/plugins/turncoat');
    expect(body.state).toBe('failed');
    expect(body.reason).toMatch(/asked the root agent for account\.list/);
    expect((await panel.api.get('/turncoat')).status, 'it gets no second chance before the next start').toBe(
      503,
    );
    expect(panel.agent.callsOf('account.list'), 'only the good plugin’s call reached the agent').toHaveLength(
      1,
    );
  });
});
