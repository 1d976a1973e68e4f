import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { capability, makeAccount, makePlan, startAccountsPanel } from '../test/panel.js';

let panel: Awaited<ReturnType<typeof startAccountsPanel>>;
const ids: Record<string, number> = {};
let owners = 0;

beforeAll(async () => {
  panel = await startAccountsPanel();
  const plan = await makePlan(panel.api, 'p');
  for (const name of ['anna', 'bert'])
    ids[name] = (await makeAccount(panel.api, name, plan, { owner: { email: `${name}@example.org` } })).id;
});
afterAll(() => panel?.stop());

/** `ok`, or the code of the refusal. */
async function claim(
  account: string,
  domain: string,
  owner = { kind: 'vhost', id: ++owners },
): Promise<string> {
  return panel.kernel.db
    .transaction('/', (em) => capability(panel).claimDomain(em, ids[account] ?? 0, domain, owner))
    .then(
      () => 'ok',
      (error: { code: string }) => error.code,
    );
}

const release = (owner: { kind: string; id: number }) =>
  panel.kernel.db.transaction('/', (em) => capability(panel).releaseDomains(em, owner));

describe('a domain name', () => {
  it('belongs with all names above and below it to one account', async () => {
    expect(await claim('anna', 'shop.anna.example')).toBe('ok');
    for (const name of [
      'shop.anna.example',
      'anna.example',
      'a.shop.anna.example',
      'a.b.shop.anna.example',
      '*.shop.anna.example',
      'SHOP.Anna.Example',
    ]) {
      expect([name, await claim('bert', name)]).toEqual([name, 'domain.taken']);
      expect([name, await claim('anna', name)]).toEqual([name, 'ok']);
    }
  });

  it('says nothing about names that only look alike', async () => {
    expect(await claim('anna', 'alike.com')).toBe('ok');
    for (const name of ['notalike.com', 'alike.com.de', 'alike.community', 'xalike.com', 'alike-com.org'])
      expect([name, await claim('bert', name)]).toEqual([name, 'ok']);
    expect(await claim('anna', 'alice.github.io')).toBe('ok');
    expect(await claim('bert', 'bob.github.io')).toBe('ok');
  });

  it('is the same in Unicode and in ASCII', async () => {
    expect(await claim('anna', 'bücher.example')).toBe('ok');
    expect(await claim('bert', 'xn--bcher-kva.example')).toBe('domain.taken');
    expect(await claim('bert', 'www.BÜCHER.example')).toBe('domain.taken');
  });

  it.each([
    ['co.uk', 'domain.suffix'],
    ['com', 'domain.labels'],
    ['github.io', 'domain.suffix'],
    ['127.0.0.1', 'domain.address'],
    ['127.1', 'domain.address'],
    ['a..example', 'domain.labels'],
    ['-a.example', 'domain.labels'],
    ['a.example\nb.example', 'domain.characters'],
    ['a.example;', 'domain.characters'],
    ['%61.example', 'domain.characters'],
    ['*.*.example.com', 'domain.labels'],
    ['', 'domain.missing'],
  ])('%j is refused as %s', async (name, code) => {
    expect(await claim('anna', name)).toBe(code);
  });

  it('is free again when the last object that holds it lets go', async () => {
    const site = { kind: 'vhost', id: 9001 };
    const zone = { kind: 'zone', id: 9001 };
    expect([
      await claim('anna', 'freed.example', site),
      await claim('anna', 'freed.example', zone),
      await claim('anna', 'freed.example', site),
    ]).toEqual(['ok', 'ok', 'ok']);
    await release(site);
    expect(await claim('bert', 'freed.example')).toBe('domain.taken');
    await release(zone);
    await release(zone);
    expect(await claim('bert', 'www.freed.example')).toBe('ok');
  });

  it('goes to one of two who ask at the same moment, also above and below', async () => {
    for (let round = 0; round < 10; round++) {
      const answers = await Promise.all([
        claim('anna', `race${round}.example`),
        claim('bert', `www.race${round}.example`),
      ]);
      expect([...answers].sort()).toEqual(['domain.taken', 'ok']);
    }
  });

  it('is kept for the provider when the setting says so', async () => {
    await panel.kernel.db.transaction('/', (em) =>
      panel.kernel.settings.set(em, 'accounts', 'reservedDomains', 'panel.provider.example, PROVIDER.net'),
    );
    expect(await claim('anna', 'panel.provider.example')).toBe('domain.reserved');
    expect(await claim('anna', 'x.panel.provider.example')).toBe('domain.reserved');
    expect(await claim('anna', 'provider.net')).toBe('domain.reserved');
    expect(await claim('anna', 'provider.example')).toBe('ok');
  });

  it('is shown with its account, and free when the account is purged', async () => {
    const plan = await makePlan(panel.api, 'gone');
    const account = await makeAccount(panel.api, 'goner', plan);
    ids['goner'] = account.id;
    expect(await claim('goner', 'goner.example')).toBe('ok');
    expect((await panel.api.get(`/accounts/${account.id}`)).body).toMatchObject({
      domains: ['goner.example'],
    });
    await panel.api.delete(`/accounts/${account.id}`);
    expect(await claim('bert', 'goner.example')).toBe('domain.taken');
    await panel.api.post(`/accounts/${account.id}/purge`, { confirm: 'goner' });
    await panel.settle();
    expect(await claim('bert', 'goner.example')).toBe('ok');
  });

  it('is found by an index among many', async () => {
    await panel.kernel.db.transaction('/', async (em) => {
      await em.getConnection().execute(
        `insert into plg_accounts.domain_name (domain, reversed, account_id)
           select 'n' || n || '.bulk.example', 'example.bulk.n' || n || '.', ? from generate_series(1, 20000) n`,
        [ids['bert']],
        'run',
        em.getTransactionContext(),
      );
    });
    const started = performance.now();
    expect(await claim('anna', 'fresh.example')).toBe('ok');
    expect(await claim('anna', 'bulk.example')).toBe('domain.taken');
    expect(performance.now() - started).toBeLessThan(500);
  });
});
