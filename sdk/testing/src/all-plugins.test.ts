import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkPlugin } from './check-plugin.js';
import { startTestPanel, type TestPanel } from './start-test-panel.js';

const repository = fileURLToPath(new URL('../../../', import.meta.url));
const foldersOf = (path: string) =>
  readdirSync(join(repository, path))
    .map((name) => join(repository, path, name))
    .filter((dir) => existsSync(join(dir, 'package.json')));
const plugins = foldersOf('plugins');
const examples = foldersOf('docs/examples');

for (const dir of [...plugins, ...examples]) checkPlugin(dir);

describe('all plugins together', () => {
  let panel: TestPanel;
  beforeAll(async () => {
    panel = await startTestPanel({ plugins: [...plugins, ...examples] });
  });
  afterAll(() => panel?.stop());

  it('run beside each other', async () => {
    const { body } = await panel.api.get<{ items: { id: string; state: string }[] }>('/plugins');
    expect(body.items.filter(({ state }) => state !== 'running')).toEqual([]);
    expect(body.items).toHaveLength(plugins.length + examples.length);
  });

  it('are known to the registry as it names them', () => {
    const registry = JSON.parse(readFileSync(join(repository, 'plugin-registry.json'), 'utf8')) as {
      plugins: Record<string, { package: string; tier: string }>;
    };
    for (const dir of plugins) {
      const meta = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8')) as {
        name: string;
        tenpanel: { id: string; tier: string };
      };
      expect(registry.plugins[meta.tenpanel.id]).toMatchObject({
        package: meta.name,
        tier: meta.tenpanel.tier,
      });
    }
  });

  it('look at a simulated server without stumbling', async () => {
    const { body } = await panel.api.get<{ items: { name: string; message: string }[] }>('/checks');
    expect(body.items.filter(({ message }) => message.includes('could not be made'))).toEqual([]);
    expect(body.items.map(({ name }) => name)).toEqual(expect.arrayContaining(['cache', 'php-versions']));
  });

  it('appear in the OpenAPI document', async () => {
    const document = (await panel.api.get<{ paths: Record<string, unknown> }>('/openapi.json')).body;
    for (const { owner, spec } of panel.kernel.registry.routes) {
      expect(
        Object.keys(document.paths).some((path) => path.endsWith(spec.path)),
        `${owner}: ${spec.method} ${spec.path}`,
      ).toBe(true);
    }
  });
});
