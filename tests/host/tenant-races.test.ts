import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAccount, createPlan, createSite, panelOnHost, writeAs } from './panel-on-host.js';
import { hostSkipReason, type TestHost } from './test-host.js';

const skip = hostSkipReason();
const tenpanel = '/usr/local/bin/tenpanel';

/**
 * A customer who swaps folders for links as fast as the machine allows, in all places where the panel works for them:
 * the folder of a site, its document root, its logs.
 */
const racer = `
import os, time
home = '/home/alice/domains'
pairs = [
    (home + '/alice.test/logs', '/etc/cron.d'),
    (home + '/alice.test/public_html/web', '/home/bob/domains/bob.test/public_html'),
    (home + '/race.test', '/home/bob/domains/bob.test'),
]
def quietly(work, *args):
    try:
        work(*args)
    except OSError:
        pass
end = time.time() + 60
turns = 0
while time.time() < end:
    for place, target in pairs:
        quietly(os.rename, place, place + '.real')
        quietly(os.symlink, target, place)
        quietly(os.unlink, place)
        quietly(os.rename, place + '.real', place)
        turns += 1
print(turns, flush=True)
`;

describe.skipIf(skip !== null)('a customer who races the panel with links', () => {
  let host: TestHost;
  /** Names, owners, modes and contents of all that the customer must not reach. */
  const others = async () =>
    (
      await host.must([
        '/usr/bin/find',
        '/home/bob',
        '/etc/cron.d',
        '/etc/passwd',
        '/etc/sudoers.d',
        '/root/.ssh',
        '-printf',
        '%p %u:%g %m %s %T@\\n',
      ])
    )
      .split('\n')
      .sort();

  beforeAll(async () => {
    host = await panelOnHost('races');
    const plan = await createPlan(host, 'standard');
    const alice = await createAccount(host, plan, 'alice');
    await createSite(host, alice, 'alice.test');
    await createSite(host, await createAccount(host, plan, 'bob'), 'bob.test');
    await writeAs(host, 'alice', '/home/alice/domains/alice.test/racer.py', racer);
  });
  afterAll(() => host?.stop());

  test('gains nothing: no file of anybody else is read, made, changed or removed, and the panel goes on', async () => {
    // Logs of bob's own site are delivered into his home; that is his business and over before the look.
    await host.must([tenpanel, 'vhosts', 'update', 'bob.test', '--enabled', 'false']);
    await host.must(['/bin/sleep', '15']);
    const before = await others();
    const race = host.must(
      [
        '/usr/bin/systemd-run',
        '--quiet',
        '--wait',
        '--pipe',
        '--collect',
        '--uid=alice',
        '--gid=alice',
        '/usr/bin/python3',
        '/home/alice/domains/alice.test/racer.py',
      ],
      { timeout: 120_000 },
    );
    let over = false;
    void race.finally(() => (over = true));
    let round = 0;
    let refused = 0;
    while (!over) {
      round += 1;
      const root = round % 2 === 0 ? 'public_html/web' : `public_html/web/deep${round}`;
      // Each may succeed or be refused, as the links stand at that moment; it must not reach beyond them.
      for (const words of [
        ['vhosts', 'update', 'alice.test', '--document-root', root],
        ['vhosts', 'create', '--account', 'alice', '--domain', 'race.test'],
        ['vhosts', 'delete', 'race.test', '--files', 'trash', '--yes'],
      ]) {
        const { code } = await host.exec([tenpanel, ...words], { timeout: 60_000 });
        if (code !== 0) refused += 1;
      }
      // Lines for the log that is delivered into alice's folder.
      await host.get('alice.test', `/round${round}`);
    }
    const turns = Number(await race);
    expect(turns).toBeGreaterThan(1_000);
    expect(round).toBeGreaterThan(3);
    expect(refused).toBeLessThan(round * 3);
    expect(await others()).toEqual(before);
    const strays = await host.must([
      '/usr/bin/find',
      '/etc',
      '/usr',
      '/var',
      '/root',
      '/home/bob',
      '-xdev',
      '-user',
      'alice',
    ]);
    expect(
      strays
        .trim()
        .split('\n')
        .filter((path) => path !== '' && !path.startsWith('/var/mail')),
    ).toEqual([]);
    // What it left behind is its own affair; the rest of the server is well.
    await host.must([tenpanel, 'vhosts', 'update', 'bob.test', '--enabled', 'true']);
    await expect.poll(async () => (await host.get('bob.test')).status, { timeout: 30_000 }).toBe(200);
  }, 300_000);
});
