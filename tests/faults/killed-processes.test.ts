import { beforeAll, describe, expect, it } from 'vitest';
import { hostSkipReason } from '../host/test-host.js';
import { expectHealthy } from './expect-healthy.js';
import { FaultHost } from './fault-host.js';

const skip = hostSkipReason();

describe.skipIf(skip !== null)('processes that are killed while people work', () => {
  let host: FaultHost;
  beforeAll(async () => void (host = await FaultHost.open()));

  /** One person: sites are made, changed twice, and every second one removed, until the time is over. */
  const person = async (name: string, until: number) => {
    for (let n = 0; n < 4 && Date.now() < until; n++) {
      const domain = `${name}${n}.test`;
      await host.createSite(domain);
      await host.changeSite(domain, 'one');
      if (n % 2 === 1) await host.deleteSite(domain);
      else await host.changeSite(domain, 'two');
    }
  };

  /** What went wrong at work is told at its end, not while something else is looked at. */
  const atWork = (people: Promise<void>[]) => {
    const all = Promise.allSettled(people);
    return async () => expect((await all).filter(({ status }) => status === 'rejected')).toEqual([]);
  };

  const clean = async () => {
    const kept = [...host.acknowledged].flatMap(([domain, promise]) => (promise === null ? [] : [domain]));
    await Promise.all(kept.map((domain) => host.deleteSite(domain)));
    await expectHealthy(host, { cold: false });
  };

  it.each(['tenpanel-agent', 'tenpanel-worker', 'tenpanel-web', 'tenpanel-postgres'])(
    '%s, three times at a random moment',
    async (unit) => {
      const until = Date.now() + 8_000;
      const people = atWork(['ada', 'bob', 'cid'].map((name) => person(`${name}-${unit.slice(9)}`, until)));
      const moments: number[] = [];
      for (let kill = 0; kill < 3; kill++) {
        const pause = 500 + Math.round(Math.random() * 2_500);
        moments.push(pause);
        await new Promise((resolve) => setTimeout(resolve, pause));
        await host.kill(unit);
      }
      await people();
      await expectHealthy(host).catch((error: unknown) => {
        throw new Error(`killed after ${moments.join(', ')} ms`, { cause: error });
      });
      await clean();
    },
  );

  it('the database server itself, and one of its connections', async () => {
    const people = atWork(['eve', 'fay'].map((name) => person(name, Date.now() + 6_000)));
    const postmaster = ['/usr/bin/sed', '-n', '1p', '/var/lib/tenpanel/postgres/postmaster.pid'];
    const [first = ''] = (await host.test.must(postmaster)).trim().split('\n');
    await host.test.must(['/bin/kill', '-KILL', first]);
    await expect
      .poll(async () => (await host.test.exec(postmaster)).stdout.trim(), { timeout: 60_000, interval: 200 })
      .not.toBe(first);
    const [backend] = await host.insistSql<{ pid: number }>(
      `select pid from pg_stat_activity where application_name = 'tenpanel' and usename = 'tenpanel_app' limit 1`,
    );
    if (backend) await host.test.exec(['/bin/kill', '-KILL', String(backend.pid)]);
    await people();
    await expectHealthy(host);
    await clean();
  });
});
