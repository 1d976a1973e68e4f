import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hostSkipReason } from '../host/test-host.js';
import { expectHealthy } from './expect-healthy.js';
import { FaultHost } from './fault-host.js';

const skip = hostSkipReason();

describe.skipIf(skip !== null)('a server on which others have their hands', () => {
  let host: FaultHost;
  beforeAll(async () => void (host = await FaultHost.open()));
  const left: string[] = [];
  const put = async (path: string, content: string) => {
    left.push(path);
    await host.test.must(['/bin/mkdir', '-p', path.slice(0, path.lastIndexOf('/'))]);
    await host.test.must(['/usr/bin/tee', path], { input: content });
  };
  const clear = async () => {
    for (const path of left.splice(0)) await host.test.must(['/bin/rm', '-f', path]);
  };
  const conditionsOf = async (domain: string) => {
    const site = (await host.site(domain)) as unknown as { conditions: { message: string }[] } | undefined;
    return site?.conditions.map(({ message }) => message).join(' ') ?? '';
  };
  afterEach(async () => {
    await host.test.exec(['/usr/bin/systemctl', 'stop', 'holder']);
    await clear();
  });

  it('tells of a half-written file of somebody else, breaks nothing over it, and goes on when it is gone', async () => {
    await host.createSite('foreign.test');
    await expectHealthy(host, { cold: false });
    await put('/etc/nginx/conf.d/zz-theirs.conf', 'server { listen 80; server_na');
    await host.changeSite('foreign.test', 'with');
    await expect
      .poll(() => conditionsOf('foreign.test'), { timeout: 30_000, interval: 200 })
      .toMatch(/invalid before this change.*zz-theirs\.conf/s);
    await clear();
    await expectHealthy(host);
  });

  it('starts beside temporary files that a writer left in every folder', async () => {
    for (const folder of ['/etc/nginx/conf.d', '/etc/tenpanel/php/8.4', '/etc/varnish/tenpanel'])
      await put(`${folder}/.theirs.tmp`, 'half a li');
    await host.changeSite('foreign.test', 'beside');
    await host.kill('tenpanel-agent');
    await expectHealthy(host);
  });

  it('puts back what a reload refuses although its test has passed, and applies it once reloading works', async () => {
    // The test does not mind a port that somebody else has; the server that is to listen on it does.
    const holder = ['/usr/bin/python3', '-m', 'http.server', '9911', '--bind', '127.0.0.1'];
    await host.test.must(['/usr/bin/systemd-run', '--quiet', '--unit=holder', ...holder]);
    await put('/etc/nginx/conf.d/zz-port.conf', 'server { listen 127.0.0.1:9911; return 204; }');
    await host.test.must(['/usr/sbin/nginx', '-t', '-q']);
    const before = await host.test.must(['/bin/cat', '/etc/nginx/conf.d/tp-foreign.test.conf']);
    await host.changeSite('foreign.test', 'unloaded');
    await expect
      .poll(() => conditionsOf('foreign.test'), { timeout: 90_000, interval: 200 })
      .toMatch(/did not answer with the new configuration/);
    expect(await host.test.must(['/bin/cat', '/etc/nginx/conf.d/tp-foreign.test.conf'])).toBe(before);
    await host.test.must(['/usr/bin/systemctl', 'stop', 'holder']);
    await clear();
    await expectHealthy(host);
    await host.deleteSite('foreign.test');
    await expectHealthy(host, { cold: false });
  });
});
