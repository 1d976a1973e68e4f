import { failpointNames, type FailpointName } from '@tenpanel/protocol';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hostSkipReason } from '../host/test-host.js';
import { expectHealthy } from './expect-healthy.js';
import { FaultHost } from './fault-host.js';

const skip = hostSkipReason();
const steps = ['create', 'change', 'delete'] as const;
type Step = (typeof steps)[number];
/** Steps in which a place is passed; all where none is named. */
const only: Partial<Record<FailpointName, Step[]>> = {
  'worker.reconcile.observe.before': ['create', 'change'],
  'worker.reconcile.observe.after': ['create', 'change'],
  'worker.reconcile.render.before': ['create', 'change'],
  'worker.reconcile.render.after': ['create', 'change'],
  'worker.reconcile.remember.after': ['create'],
  'worker.reconcile.remove.before': ['delete'],
  'worker.reconcile.remove.after': ['delete'],
};
/** What has to go wrong before a place is passed at all. */
const first: [RegExp, FailpointName, string][] = [
  [/^agent\.config\.restore/, 'agent.config.probe.after', 'error:EIO'],
  [/^agent\.config\.recover/, 'agent.config.commit.before', 'kill'],
];
const sites = failpointNames.filter((name) => !name.startsWith('worker.job.'));
const jobs = failpointNames.filter((name) => name.startsWith('worker.job.'));
// Every step for every place takes half an hour; else each place has one, and three places share the life of a site.
const every = process.env['TENPANEL_FAULTS'] === 'all';

/** Each place gets one of its steps, so that each step has as many places as the others. */
function lives(): Partial<Record<Step, FailpointName>>[] {
  const places: Record<Step, FailpointName[]> = { create: [], change: [], delete: [] };
  const choosy = [...sites].sort((a, b) => (only[a] ?? steps).length - (only[b] ?? steps).length);
  for (const name of choosy) {
    const possible = only[name] ?? [...steps];
    const [step = 'create'] = [...possible].sort((a, b) => places[a].length - places[b].length);
    places[step].push(name);
  }
  const longest = Math.max(...steps.map((step) => places[step].length));
  const rounds = Array.from({ length: longest }, (_, n) =>
    Object.fromEntries(steps.flatMap((step) => (places[step][n] ? [[step, places[step][n]]] : []))),
  );
  const all = sites.flatMap((name) => (only[name] ?? [...steps]).map((step) => ({ [step]: name })));
  return every ? all : rounds;
}

describe.skipIf(skip !== null)('a process that is killed in the middle', () => {
  let host: FaultHost;
  let next = 0;
  beforeAll(async () => void (host = await FaultHost.open()));
  afterEach(() => host.disarm());

  const perform: Record<Step, (domain: string) => Promise<void>> = {
    create: (domain) => host.createSite(domain),
    change: (domain) => host.changeSite(domain, 'next'),
    delete: (domain) => host.deleteSite(domain),
  };
  const titled = lives().map((places) => [Object.values(places).join(', '), places] as const);
  describe.each(titled)('in the life of a site: %s', (_title, places) => {
    const domain = `f${next++}.test`;
    it.each(steps)('%s', async (step) => {
      const name = places[step];
      if (name) {
        for (const [pattern, other, order] of first) if (pattern.test(name)) await host.arm(other, order);
        await host.arm(name, 'kill');
      }
      await perform[step](domain);
      if (name) await expect.poll(() => host.armed(name), { timeout: 60_000, interval: 100 }).toBe(false);
      await expectHealthy(host, { cold: step === 'delete' });
    });
  });

  it.each(jobs)('%s: a job is done once more, and ends', async (name) => {
    await host.arm(name, 'kill');
    const { status, body } = await host.insist<{ jobId?: string }>('POST', '/php/versions', {
      version: '8.2',
    });
    expect([status, body]).toMatchObject([202, { jobId: expect.any(String) as string }]);
    await expect.poll(() => host.armed(name), { timeout: 60_000, interval: 100 }).toBe(false);
    await expectHealthy(host);
    expect((await host.insist('GET', `/jobs/${body.jobId}`)).body).toMatchObject({ state: 'succeeded' });
  });
});
