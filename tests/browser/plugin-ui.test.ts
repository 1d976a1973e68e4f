import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium, openBrowser } from './browser.js';
import { startPanelInBrowser, type PanelInBrowser } from './panel-in-browser.js';
import { signIn, visit } from './visit.js';

const chromium = findChromium();
const hello = fileURLToPath(new URL('../../docs/examples/hello', import.meta.url));

const clumsy = {
  'package.json': JSON.stringify({
    name: 'clumsy',
    version: '1.0.0',
    type: 'module',
    exports: './index.js',
    tenpanel: {
      id: 'clumsy',
      api: '^1.0.0',
      tier: 'local',
      title: 'Clumsy',
      ui: 'ui/index.js',
      locales: 'locales',
    },
  }),
  'index.js': `export default { id: 'clumsy', setup() {} };`,
  'locales/en.json': JSON.stringify({ thrower: 'Thrower', absent: 'Absent', late: 'Late' }),
  'ui/index.js': `
    export default { widgets: [
      { id: 'thrower', title: 'thrower', component: async () => ({ default: { setup() { throw new Error('out of luck'); } } }) },
      { id: 'absent', title: 'absent', component: () => import('./nowhere.js') },
      { id: 'secret', title: 'late', permission: 'clumsy.nobody.has', component: () => import('./nowhere.js') },
    ] };`,
};
const wrong = {
  'package.json': JSON.stringify({
    name: 'wrong',
    version: '1.0.0',
    type: 'module',
    exports: './index.js',
    tenpanel: { id: 'wrong', api: '^1.0.0', tier: 'local', title: 'Wrong', ui: 'ui/index.js' },
  }),
  'index.js': `export default { id: 'wrong', setup() {} };`,
  'ui/index.js': `this is no JavaScript`,
};

describe.skipIf(chromium === null)('plugins in the browser', () => {
  let folder: string;
  let running: PanelInBrowser;
  let browser: Browser;

  const write = async (name: string, files: Record<string, string>) => {
    for (const [file, text] of Object.entries(files)) {
      const path = join(folder, name, file);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
    }
    return join(folder, name);
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tenpanel-browser-plugins-'));
    const bad = [await write('clumsy', clumsy), await write('wrong', wrong)];
    [running, browser] = await Promise.all([
      startPanelInBrowser([hello, ...bad]),
      openBrowser(chromium ?? ''),
    ]);
    const { api } = running.panel;
    const plan = (await api.post<{ id: number }>('/plans', { name: 'standard', limits: {} })).body.id;
    expect((await api.post('/accounts', { name: 'alice', plan })).status).toBe(202);
    await running.panel.settle();
  });
  afterAll(async () => {
    await browser?.close();
    await running?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('a third party’s page and widget appear without a build, under the strict policy', async () => {
    const { page, faults, close } = await visit(browser);
    await signIn(page, running);
    await page.getByRole('link', { name: 'Greetings' }).click();
    await page.getByRole('heading', { level: 1, name: 'Greetings' }).waitFor();
    await page.getByLabel('Account').selectOption({ label: 'alice' });
    await page.getByLabel('Text').fill('Good morning');
    await page.getByRole('button', { name: 'Write greeting' }).click();
    await page.getByRole('rowheader', { name: 'Good morning' }).waitFor();
    expect(await page.title()).toBe('Greetings · 10panel');

    await page.reload();
    await page.getByRole('rowheader', { name: 'Good morning' }).waitFor();
    await page.getByRole('link', { name: 'Overview' }).click();
    const card = page.locator('section').filter({ hasText: 'Latest greeting' });
    await card.getByText('Good morning').waitFor();
    await close();
    expect(faults.filter((fault) => !/clumsy|wrong|luck|nowhere/i.test(fault))).toEqual([]);
  });

  it('one that throws is held by its slot, and one that cannot be loaded keeps nobody else out', async () => {
    const { page, close } = await visit(browser);
    await signIn(page, running);
    const card = (title: string) => page.locator('section').filter({ hasText: title });
    await card('Thrower').getByText('This part of Clumsy failed').waitFor();
    await card('Thrower').getByText('out of luck').waitFor();
    await card('Absent').getByRole('button', { name: 'Try again' }).waitFor();
    expect(await page.getByRole('heading', { name: 'Late', exact: true }).count(), 'nobody may see it').toBe(
      0,
    );
    await page.getByText(/Its part in the browser could not be loaded/).waitFor();
    await page.getByRole('link', { name: 'Accounts' }).click();
    await page.getByRole('rowheader', { name: 'alice' }).waitFor();
    await close();
  });

  it('what the browser gets instead of a plugin’s module is refused when its hash differs', async () => {
    const { page, close } = await visit(browser);
    const said: string[] = [];
    page.on('console', (message) => said.push(message.text()));
    await page.route('**/plugin-ui/hello/*/index.js', (route) =>
      route.fulfill({ contentType: 'text/javascript', body: 'export default { pages: [] };' }),
    );
    await signIn(page, running);
    await expect.poll(() => said.join('\n')).toMatch(/integrity/i);
    expect(await page.getByRole('link', { name: 'Greetings' }).count()).toBe(0);
    await close();
  });
});
