import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAccount, createPlan, createSite, panelOnHost } from './panel-on-host.js';
import { hostSkipReason, type TestHost } from './test-host.js';

const skip = hostSkipReason();
const root = '/home/press/domains/press.test/public_html';
const config = `<?php
define('DB_NAME', 'press_wp'); define('DB_USER', 'press_wp'); define('DB_PASSWORD', 'local-test-only'); define('DB_HOST', 'localhost');
define('DB_CHARSET', 'utf8mb4'); define('DB_COLLATE', '');
foreach (['AUTH_KEY','SECURE_AUTH_KEY','LOGGED_IN_KEY','NONCE_KEY','AUTH_SALT','SECURE_AUTH_SALT','LOGGED_IN_SALT','NONCE_SALT'] as $key) define($key, hash('sha256', $key));
define('WP_HTTP_BLOCK_EXTERNAL', true); define('DISABLE_WP_CRON', true);
$table_prefix = 'wp_';
if (!defined('ABSPATH')) define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
`;

describe.skipIf(skip !== null)('WordPress from the distribution', () => {
  let host: TestHost;

  beforeAll(async () => {
    host = await panelOnHost('wordpress');
    const plan = await createPlan(host, 'standard');
    const account = await createAccount(host, plan, 'press');
    await createSite(host, account, 'press.test', '8.4');
    await host.must(['/usr/bin/mariadb'], {
      input:
        "CREATE DATABASE press_wp; CREATE USER press_wp@localhost IDENTIFIED BY 'local-test-only'; GRANT ALL ON press_wp.* TO press_wp@localhost;",
    });
    const asPress = ['/usr/sbin/runuser', '-u', 'press', '--'];
    await host.must([...asPress, '/bin/cp', '-rLT', '/usr/share/wordpress', root]);
    await host.must([...asPress, '/usr/bin/tee', `${root}/wp-config.php`], { input: config });
    const installed = await host.get('press.test', '/wp-admin/install.php?step=2', [
      '-X',
      'POST',
      '--data',
      'weblog_title=Press&user_name=editor&admin_password=a-long-password-1&admin_password2=a-long-password-1&pw_weak=1&admin_email=editor@press.test&blog_public=1',
    ]);
    if (!/Success/i.test(installed.body))
      throw new Error(`WordPress was not installed: ${installed.status} ${installed.body.slice(0, 2000)}`);
  });
  afterAll(() => host?.stop());

  test('serves its front page through the cache: a miss, then a hit', async () => {
    await host.panel('cache', 'purge', 'press.test', '--json-body', '{"all": true}');
    const first = await host.get('press.test');
    const second = await host.get('press.test');
    expect(first.status).toBe(200);
    expect(first.body).toContain('<title>Press');
    expect([first.headers['x-cache'], second.headers['x-cache']]).toEqual(['MISS', 'HIT']);
  });

  test('never caches a page for somebody who is logged in', async () => {
    await host.get('press.test', '/wp-login.php', ['-c', '/tmp/jar']);
    const login = await host.get('press.test', '/wp-login.php', [
      '-b',
      '/tmp/jar',
      '-c',
      '/tmp/jar',
      '--data',
      'log=editor&pwd=a-long-password-1&testcookie=1&redirect_to=%2F',
      '-X',
      'POST',
    ]);
    expect(login.status).toBe(302);
    for (let time = 0; time < 3; time++) {
      const page = await host.get('press.test', '/', ['-b', '/tmp/jar']);
      expect(page.status).toBe(200);
      expect(page.headers['x-cache']).not.toBe('HIT');
      expect(page.body).toContain('wpadminbar');
    }
    const visitor = await host.get('press.test');
    expect(visitor.body).not.toContain('wpadminbar');
  });

  test('an address without a file reaches WordPress, not the web server’s own error page', async () => {
    const page = await host.get('press.test', '/no-such-page/');
    expect(page.body).toContain('<title>Press');
  });
});
