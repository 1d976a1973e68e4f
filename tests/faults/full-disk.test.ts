import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hostSkipReason } from '../host/test-host.js';
import { expectHealthy } from './expect-healthy.js';
import { FaultHost } from './fault-host.js';

const skip = hostSkipReason();

describe.skipIf(skip !== null)('a disk that is full', () => {
  let host: FaultHost;
  const mounted: string[] = [];
  beforeAll(async () => void (host = await FaultHost.open()));

  /** Have a folder on a small disk of its own, with everything that is in it. */
  const onSmallDisk = async (folder: string, options: string) => {
    const disk = `/run/small${mounted.length}-${Date.now()}`;
    await host.test.must(['/bin/mkdir', disk]);
    await host.test.must(['/usr/bin/mount', '-t', 'tmpfs', '-o', options, 'small', disk]);
    await host.test.must(['/bin/cp', '-a', `${folder}/.`, disk]);
    await host.test.must(['/bin/chown', `--reference=${folder}`, disk]);
    await host.test.must(['/bin/chmod', `--reference=${folder}`, disk]);
    await host.test.must(['/usr/bin/mount', '--bind', disk, folder]);
    mounted.push(folder);
  };
  const fill = (folder: string) =>
    host.test.exec(['/usr/bin/dd', 'if=/dev/zero', `of=${folder}/filler`, 'bs=4096']);
  const free = (folder: string) => host.test.must(['/bin/rm', '-f', `${folder}/filler`]);
  const release = async (folder: string) => {
    // Back to the great disk, with what was written meanwhile.
    await host.test.must(['/bin/cp', '-a', `${folder}/.`, '/run/kept']);
    await host.test.must(['/usr/bin/umount', '-l', folder]);
    await host.test.must(['/usr/bin/find', folder, '-mindepth', '1', '-delete']);
    await host.test.must(['/bin/cp', '-a', '/run/kept/.', folder]);
    await host.test.must(['/bin/rm', '-rf', '/run/kept']);
  };
  /** What the rows of the site say; the first that needs the disk is PHP's part or the web server's. */
  const told = () =>
    expect.poll(
      async () => {
        const tables = ['plg_web_nginx.vhost', 'plg_php_fpm.site', 'plg_php_fpm.pool'];
        const rows = await host.sql<{ text: string }>(
          tables.map((table) => `select conditions::text as text from ${table}`).join(' union all '),
        );
        return rows.map(({ text }) => text).join(' ');
      },
      { timeout: 60_000, interval: 200 },
    );

  afterEach(async () => {
    for (const folder of mounted.splice(0).reverse()) {
      await host.test.exec(['/bin/rm', '-f', `${folder}/filler`]);
      await host.test.must(['/bin/mkdir', '-p', '/run/kept']);
      if (folder.includes('postgres'))
        await host.test.must(['/usr/bin/systemctl', 'stop', 'tenpanel-postgres']);
      await release(folder);
      if (folder.includes('postgres'))
        await host.test.must(['/usr/bin/systemctl', 'start', 'tenpanel-postgres']);
    }
    await host.test.must(['/usr/bin/systemctl', 'restart', 'tenpanel-agent']);
  });

  it.each([
    ['the configuration', '/etc/nginx/conf.d'],
    ['the agent’s journal', '/var/lib/tenpanel-agent'],
  ])('%s: the owner reads why, others go on, and it is done when there is room', async (_what, folder) => {
    await host.createSite('before.test');
    await expectHealthy(host, { cold: false });
    await onSmallDisk(folder, 'size=2m');
    await fill(folder);
    await host.createSite('full.test');
    await host.changeSite('before.test', 'later');
    await told().toMatch(/no space is left/);
    await free(folder);
    await expectHealthy(host);
    for (const domain of ['full.test', 'before.test']) await host.deleteSite(domain);
    await expectHealthy(host, { cold: false });
  });

  it('a home without room for one more folder: the owner reads why, and it is done when there is room', async () => {
    await onSmallDisk('/home/faulty', 'size=2m,nr_inodes=200');
    const filled = ['-c', 'i=0; while touch /home/faulty/filler$i 2>/dev/null; do i=$((i + 1)); done; true'];
    await host.test.must(['/bin/sh', ...filled]);
    await host.createSite('homeless.test');
    await told().toMatch(/the disk is full/);
    await host.test.must(['/usr/bin/find', '/home/faulty', '-maxdepth', '1', '-name', 'filler*', '-delete']);
    await expectHealthy(host);
    await host.deleteSite('homeless.test');
    await expectHealthy(host, { cold: false });
  });

  it('the database: what cannot be kept is refused, sites go on, and nothing that was acknowledged is lost', async () => {
    const folder = '/var/lib/tenpanel/postgres';
    await host.createSite('kept.test');
    await expectHealthy(host, { cold: false });
    await host.test.must(['/usr/bin/systemctl', 'stop', 'tenpanel-postgres']);
    await onSmallDisk(folder, 'size=400m');
    await host.test.must(['/usr/bin/systemctl', 'start', 'tenpanel-postgres']);
    await host.insist('GET', '/vhosts');
    await fill(folder);
    const note = { description: 'x'.repeat(400) };
    await expect
      .poll(async () => await host.ask('PATCH', `/plans/${host.plan}`, note), {
        timeout: 60_000,
        interval: 50,
      })
      .toMatchObject({ status: 507, body: { code: 'http.diskFull' } });
    await free(folder);
    await host.changeSite('kept.test', 'roomy');
    await expectHealthy(host);
    await host.deleteSite('kept.test');
    await expectHealthy(host, { cold: false });
  });
});
