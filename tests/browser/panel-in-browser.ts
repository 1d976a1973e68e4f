import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createWebApp } from '@tenpanel/kernel/boot/start-web';
import { panelCertificate } from '@tenpanel/kernel/http/certificate';
import { createAdmin } from '@tenpanel/kernel/users/create-admin';
import { FakeAgent, startTestPanel, type TestPanel } from '@tenpanel/testing';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

export interface PanelInBrowser {
  panel: TestPanel;
  /** https address of the panel with its user interface. */
  url: string;
  admin: { email: string; password: string };
  stop(): Promise<void>;
}

/**
 * A whole panel over https with the shell built from its present sources, and an administrator who has a password.
 * `more` are folders of plugins beside the panel's own.
 */
export async function startPanelInBrowser(more: readonly string[] = []): Promise<PanelInBrowser> {
  const folder = await mkdtemp(join(tmpdir(), 'tenpanel-browser-'));
  await buildShell(join(folder, 'ui'));
  const agent = new FakeAgent();
  agent.state.globs.set('php-fpm/debian', ['/usr/sbin/php-fpm8.4', '/usr/sbin/php-fpm8.2']);
  const panel = await startTestPanel({
    agent,
    plugins: [
      ...['accounts', 'web-nginx', 'php-fpm', 'varnish', 'cgroups'].map((id) =>
        join(repository, 'plugins', id),
      ),
      ...more,
    ],
  });
  const admin = await createAdmin(panel.kernel, { email: 'admin@example.com' });
  if (admin.generatedPassword === null) throw new Error('No password was generated.');

  const app = createWebApp(panel.kernel, { uiDir: join(folder, 'ui'), checkReplies: true });
  const server = createServer(
    await panelCertificate(folder, 'https://localhost', Date.now()),
    app.callback(),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    panel,
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    admin: { email: admin.email, password: admin.generatedPassword },
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      await panel.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function buildShell(outDir: string): Promise<void> {
  const vite = join(repository, 'node_modules/vite/bin/vite.js');
  await run(process.execPath, [vite, 'build', '--outDir', outDir, '--logLevel', 'error'], {
    cwd: join(repository, 'ui'),
    env: { PATH: process.env['PATH'], NODE_ENV: 'production' },
    timeout: 120_000,
  });
}
