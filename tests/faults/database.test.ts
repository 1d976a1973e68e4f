import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hostSkipReason } from '../host/test-host.js';
import { expectHealthy } from './expect-healthy.js';
import { FaultHost } from './fault-host.js';

const skip = hostSkipReason();
const pause = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

describe.skipIf(skip !== null)('a database that is not there, and one that is slow', () => {
  let host: FaultHost;
  beforeAll(async () => void (host = await FaultHost.open()));
  afterEach(async () => {
    await host.test.exec(['/usr/bin/pkill', '-CONT', '-u', 'tenpanel', 'postgres']);
    await host.test.must(['/usr/bin/systemctl', 'start', 'tenpanel-postgres']);
  });

  it('is down for ten seconds: the panel says so in plain words, sites go on, and what was asked is done after', async () => {
    await host.createSite('down.test');
    await host.test.must(['/usr/bin/systemctl', 'stop', 'tenpanel-postgres']);
    const { status, body } = await host.ask('GET', '/vhosts');
    expect([status, body['code']]).toEqual([503, 'http.noDatabase']);
    expect(JSON.stringify(body)).not.toMatch(/select|ECONN|\/run\//);
    const change = host.changeSite('down.test', 'after');
    await pause(10);
    await host.test.must(['/usr/bin/systemctl', 'start', 'tenpanel-postgres']);
    await change;
    await expectHealthy(host);
  });

  it('stands still for ten seconds in the middle of changes', async () => {
    const changes = [
      host.createSite('slow1.test'),
      host.createSite('slow2.test'),
      host.changeSite('down.test', 'still'),
    ];
    await pause(0.3);
    await host.test.must(['/usr/bin/pkill', '-STOP', '-u', 'tenpanel', 'postgres']);
    await pause(10);
    await host.test.must(['/usr/bin/pkill', '-CONT', '-u', 'tenpanel', 'postgres']);
    await Promise.all(changes);
    await expectHealthy(host);
    for (const domain of ['down.test', 'slow1.test', 'slow2.test']) await host.deleteSite(domain);
    await expectHealthy(host, { cold: false });
  });

  it('delivers all facts of the past once more, late and out of order, and changes nothing by it', async () => {
    await host.createSite('again.test');
    await host.changeSite('again.test', 'last');
    await host.insistSql(
      `with again as (update kernel.outbox set dispatched = false returning id) select count(*) from again`,
    );
    await host.deleteSite('again.test');
    await expect.poll(() => host.site('again.test'), { timeout: 30_000, interval: 200 }).toBeUndefined();
    await host.createSite('again.test');
    await host.changeSite('again.test', 'new');
    await expectHealthy(host);
    await host.deleteSite('again.test');
    await host.insistSql(
      `with again as (update kernel.outbox set dispatched = false returning id) select count(*) from again`,
    );
    await expectHealthy(host, { cold: false });
  });
});
