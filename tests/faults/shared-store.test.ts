import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostSkipReason } from '../host/test-host.js';
import { expectHealthy } from './expect-healthy.js';
import { FaultHost } from './fault-host.js';

const skip = hostSkipReason();
const config = '/etc/tenpanel/tenpanel.json';

describe.skipIf(skip !== null)('a panel with Redis', () => {
  let host: FaultHost;
  let before = '';
  const restart = async () => {
    await host.test.must(['/usr/bin/systemctl', 'restart', 'tenpanel-web', 'tenpanel-worker']);
    await host.test.must(['/usr/local/bin/tenpanel', 'status', '--wait', '60'], { timeout: 90_000 });
  };

  beforeAll(async () => {
    host = await FaultHost.open();
    before = await host.test.must(['/bin/cat', config]);
    await host.test.must(['/usr/bin/systemctl', 'start', 'redis-server']);
    const text = JSON.stringify({ ...(JSON.parse(before) as object), redisUrl: 'redis://127.0.0.1:6379' });
    await host.test.must(['/usr/bin/tee', config], { input: text });
    await restart();
  });
  afterAll(async () => {
    if (before === '') return;
    await host.test.must(['/usr/bin/tee', config], { input: before });
    await restart();
  });

  it('forgets only what may be forgotten when Redis is emptied', async () => {
    await host.createSite('redis.test');
    await host.test.must(['/usr/bin/redis-cli', 'flushall']);
    await host.changeSite('redis.test', 'flushed');
    await expectHealthy(host, { cold: false });
  });

  it('goes on while Redis is down, and after it has come back', async () => {
    await host.test.must(['/usr/bin/systemctl', 'stop', 'redis-server']);
    const begun = performance.now();
    await host.changeSite('redis.test', 'stopped');
    expect(performance.now() - begun).toBeLessThan(30_000);
    const login = await host.ask('POST', '/auth/login', {
      login: 'nobody@example.org',
      password: 'not the password',
    });
    expect(login).toMatchObject({
      status: expect.any(Number) as number,
      body: { code: expect.any(String) as string },
    });
    expect(login.status).toBeGreaterThanOrEqual(400);
    await expectHealthy(host, { cold: false });
    await host.kill('tenpanel-web');
    await host.changeSite('redis.test', 'killed');
    await host.test.must(['/usr/bin/systemctl', 'start', 'redis-server']);
    await expectHealthy(host, { cold: false });
    await host.deleteSite('redis.test');
    await expectHealthy(host, { cold: false });
  });
});
