import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAdmin } from '@tenpanel/kernel/users/create-admin';
import { signWebhook } from '@tenpanel/kernel/webhooks/sign-webhook';
import { startTestPanel, type TestPanel } from '@tenpanel/testing';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const MARK = '=== next ===';

async function blocks(language: string): Promise<string[]> {
  const guide = await readFile(join(repository, 'docs/api.md'), 'utf8');
  return [...guide.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 'gs'))].map(
    (match) => match[1] ?? '',
  );
}

/** The examples as a person types them: one shell, one after the other. */
function type(lines: string, env: Record<string, string>): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { env: { PATH: process.env['PATH'], ...env }, timeout: 60_000 };
    const shell = execFile('/bin/bash', ['-s'], options, (error, stdout, stderr) =>
      error ? reject(new Error(`${error.message}\n${stdout}\n${stderr}`)) : resolve(stdout),
    );
    shell.stdin?.end(lines);
  });
}

describe('the guide to the REST API', () => {
  let panel: TestPanel;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tenpanel-guide-'));
    const plugins = ['accounts', 'web-nginx', 'php-fpm', 'varnish', 'cgroups'];
    panel = await startTestPanel({ plugins: plugins.map((id) => join(repository, 'plugins', id)) });
  });
  afterAll(async () => {
    await panel?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('has examples that do what it says, typed one after the other', async () => {
    const { email, generatedPassword } = await createAdmin(panel.kernel, { email: 'guide@example.com' });
    const examples = await blocks('sh');
    const output = await type(examples.map((one) => `${one}\necho '${MARK}'\n`).join(''), {
      PANEL: panel.url,
      PANEL_EMAIL: email,
      PANEL_PASSWORD: generatedPassword ?? '',
    });
    const answers = output.split(MARK).slice(0, -1);
    expect(answers).toHaveLength(examples.length);
    for (const [index, answer] of answers.entries()) {
      const refused = /# (\d{3})$/m.exec(examples[index] ?? '')?.[1];
      const status = /"type":"about:blank".*?"status":(\d{3})/s.exec(answer)?.[1];
      expect(status, `${examples[index]}\n${answer}`).toBe(refused);
    }
    expect(output).toMatch(/event: resource\ndata: \{"kind":"vhost"/);
    const { body } = await panel.api.get<{ items: { name: string }[] }>('/plans');
    expect(body.items.map(({ name }) => name).sort(), 'one request, sent twice, made one plan').toEqual([
      'large',
      'standard',
    ]);
  });

  it('shows how to check the signature of a webhook', async () => {
    const file = join(folder, 'check.mjs');
    await writeFile(file, (await blocks('js'))[0] ?? '');
    const { isGenuine } = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as {
      isGenuine(headers: Record<string, string>, body: string, secret: string, now?: number): boolean;
    };
    const now = 1_800_000_000_000;
    const headers = (timestamp: number) => ({
      'x-tenpanel-timestamp': String(timestamp),
      'x-tenpanel-signature': signWebhook('secret', timestamp, '{"id":"1"}'),
    });
    expect(isGenuine(headers(now / 1000), '{"id":"1"}', 'secret', now)).toBe(true);
    expect(isGenuine(headers(now / 1000), '{"id":"2"}', 'secret', now)).toBe(false);
    expect(isGenuine(headers(now / 1000), '{"id":"1"}', 'other', now)).toBe(false);
    expect(isGenuine(headers(now / 1000 - 301), '{"id":"1"}', 'secret', now)).toBe(false);
    expect(isGenuine({}, '', 'secret', now)).toBe(false);
  });
});
