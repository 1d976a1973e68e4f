import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createAccount, createPlan, createSite, panelOnHost } from './panel-on-host.js';
import { hostSkipReason, type TestHost } from './test-host.js';

const skip = hostSkipReason();
const RUNS = 12;
/** Counts batches, so it is another one after every change. Written by the agent itself, part of no resource. */
const GENERATION = '/etc/nginx/conf.d/tp-00-generation.conf';

interface Change {
  method: 'PATCH' | 'PUT';
  path: string;
  body: unknown;
}

const label = fc.stringMatching(/^[a-z][a-z0-9]{0,10}$/);
const urlPath = fc.stringMatching(/^\/[a-z0-9]{1,12}(\/[a-z0-9]{1,8})?$/);
const site = fc.record(
  {
    aliases: fc.uniqueArray(
      label.map((name) => `${name}.undo.example`),
      { maxLength: 4 },
    ),
    www: fc.constantFrom('none', 'toBare', 'toWww'),
    documentRoot: fc.constantFrom('public_html', 'public_html/web', 'public_html/public'),
    redirects: fc.uniqueArray(
      fc.record({
        match: fc.constant('exact'),
        from: urlPath,
        to: urlPath.map((path) => `https://else.example${path}`),
        status: fc.constantFrom(301, 302, 307, 308),
      }),
      { maxLength: 3, selector: ({ from }) => from },
    ),
    enabled: fc.boolean(),
  },
  { requiredKeys: [] },
);
const php = fc.record(
  {
    version: fc.constantFrom('8.4', '8.2'),
    ini: fc.record(
      {
        memory_limit: fc.integer({ min: 64, max: 512 }).map((n) => `${n}M`),
        max_execution_time: fc.integer({ min: 5, max: 300 }),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: ['version'] },
);
const cache = fc.record(
  {
    enabled: fc.boolean(),
    ttl: fc.integer({ min: 1, max: 86_400 }),
    bypassPaths: fc.uniqueArray(urlPath, { maxLength: 3 }),
  },
  { requiredKeys: ['ttl'] },
);
const anyChange: fc.Arbitrary<Change> = fc.oneof(
  site.map((body): Change => ({ method: 'PATCH', path: '/vhosts/1', body })),
  php.map((body): Change => ({ method: 'PATCH', path: '/vhosts/1/php', body })),
  cache.map((body): Change => ({ method: 'PATCH', path: '/vhosts/1/cache', body })),
);

describe.skipIf(skip !== null)('undoing a change', () => {
  let host: TestHost;
  const ask = async <T>(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: T }> => {
    const data =
      body === undefined ? [] : ['-H', 'content-type: application/json', '--data', JSON.stringify(body)];
    const text = await host.must([
      '/usr/bin/curl',
      '-s',
      '-X',
      method,
      '-w',
      '\n%{http_code}',
      '--unix-socket',
      '/run/tenpanel/panel.sock',
      ...data,
      `http://localhost/api${path}`,
    ]);
    const lines = text.split('\n');
    const status = Number(lines.pop());
    return { status, body: (lines.join('') === '' ? undefined : JSON.parse(lines.join('\n'))) as T };
  };
  /** Nothing is due, and nothing waits for another part: a site goes over to another PHP version when that is ready. */
  const settled = () =>
    vi.waitFor(
      async () => {
        const states = await Promise.all(
          ['', '/php', '/cache'].map(
            async (part) => (await ask<{ status: string }>('GET', `/vhosts/1${part}`)).body.status,
          ),
        );
        const { body } = await ask<{ waiting: number }>('GET', '/plan/queue');
        // A site that was switched off is suspended, and settled.
        expect([body.waiting, ...states.map((state) => state.replace('suspended', 'active'))]).toEqual([
          0,
          'active',
          'active',
          'active',
        ]);
      },
      { timeout: 60_000, interval: 200 },
    );
  const etc = async () => {
    const text = await host.must([
      '/usr/bin/find',
      '/etc',
      '-xdev',
      '-type',
      'f',
      '-not',
      '-path',
      GENERATION,
      '-exec',
      '/usr/bin/sha256sum',
      '{}',
      '+',
    ]);
    return text.split('\n').sort();
  };

  beforeAll(async () => {
    host = await panelOnHost('undo');
    const account = await createAccount(host, await createPlan(host, 'standard'), 'shop');
    await createSite(host, account, 'undo.example');
    // A pool outlives its last site by minutes; with a second site there, both pools stay.
    await createSite(host, account, 'other.example', '8.2');
    await settled();
  });
  afterAll(() => host?.stop());

  test('leaves every file below /etc as it was, byte for byte', async () => {
    let changed = 0;
    await fc.assert(
      fc.asyncProperty(anyChange, async ({ method, path, body }) => {
        const before = await etc();
        const made = await ask<{ title?: string }>(method, path, body);
        expect([made.status, made.body]).toEqual([
          expect.toSatisfy((status: number) => status < 300),
          expect.anything(),
        ]);
        await settled();
        if ((await etc()).join() !== before.join()) changed += 1;
        const { body: page } = await ask<{ items: { changeId: string }[] }>('GET', '/changes?limit=1');
        const undone = await ask('POST', `/changes/${page.items[0]?.changeId}/undo`);
        expect(undone.status).toBeLessThan(300);
        await settled();
        const after = await etc();
        expect([
          after.filter((line) => !before.includes(line)),
          before.filter((line) => !after.includes(line)),
        ]).toEqual([[], []]);
      }),
      // A smaller example would be tried on a server that the first one has left changed.
      { numRuns: RUNS, endOnFailure: true },
    );
    // Changes that changed nothing would prove nothing.
    expect(changed).toBeGreaterThan(RUNS / 3);
  }, 600_000);
});
