import type { EntityManager } from '@mikro-orm/postgresql';
import { Veto, type Desired, type HookRunner } from '@tenpanel/sdk';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDatabase, type KernelDatabase } from '../db/create-database.js';
import { sql } from '../db/sql.js';
import { createOutbox, type KernelOutbox } from '../outbox/create-outbox.js';
import { silentLog } from '../postgres/test-server.js';
import { createTestDatabase, type TestDatabase } from '../postgres/test-database.js';
import { HookTable } from './hook-table.js';
import { systemActor } from './system-actor.js';

declare module '@tenpanel/sdk' {
  interface HookCatalogue {
    'song.play': {
      draft: { title: string; loud: boolean };
      subject: { title: string };
      fact: { title: string };
    };
  }
}

let database: TestDatabase;
let db: KernelDatabase;
let outbox: KernelOutbox;
let hooks: HookTable;
const desiredOf = (em: unknown) => ({ em }) as Desired;

beforeAll(async () => {
  database = await createTestDatabase();
  db = await createDatabase({ url: database.appUrl, log: silentLog });
});
afterAll(async () => {
  await db?.close();
  await database?.drop();
});
beforeEach(async () => {
  await db.transaction('/', (em) => sql(em, 'delete from kernel.outbox'));
  outbox = createOutbox({ db, log: silentLog, backOffSeconds: { first: 0.05, most: 0.1 } });
  hooks = new HookTable({ db, outbox, desired: { for: (em) => desiredOf(em) }, log: silentLog });
  hooks.offer(['song.play']);
});

/** A "route" that plays a song: its effect in the database is one setting. */
const play = (title: string) =>
  db.transaction('/', async (em) => {
    const runner: HookRunner = hooks.runner(em, systemActor('test'), desiredOf(em));
    return runner.run('song.play', { title, loud: false }, async (draft) => {
      await remember(em, 'played', draft);
      return { subject: { title: draft.title }, fact: { title: draft.title } };
    });
  });
const remember = (em: EntityManager, key: string, value: unknown) =>
  sql(
    em,
    `insert into kernel.settings (owner, key, value) values ('test', $1, $2) on conflict (owner, key) do update set value = excluded.value`,
    [key, JSON.stringify(value)],
  );
const recall = async (key: string) =>
  (
    await db.read('/', (em) =>
      sql<{ value: unknown }>(em, `select value from kernel.settings where owner = 'test' and key = $1`, [
        key,
      ]),
    )
  )[0]?.value;

describe('before', () => {
  it('hands the draft from tap to tap by stage; what is returned goes on', async () => {
    hooks.taps('late').before('song.play', (draft) => ({ ...draft, title: `${draft.title}!` }), 10);
    hooks.taps('early').before('song.play', (draft) => ({ ...draft, title: draft.title.toUpperCase() }), -10);
    hooks.taps('silent').before('song.play', async () => undefined as never);
    expect(await play('hello')).toEqual({ title: 'HELLO!' });
    expect(await recall('played')).toEqual({ title: 'HELLO!', loud: false });
  });

  it('vetoes with a code; nothing of the transaction stays', async () => {
    await play('kept');
    hooks.taps('neighbour').before('song.play', () => {
      throw new Veto('song.tooLate', 'It is after ten. Play it tomorrow.');
    });
    await expect(play('night')).rejects.toMatchObject({ code: 'song.tooLate', status: 409 });
    expect(await recall('played')).toEqual({ title: 'kept', loud: false });
  });

  it('has two seconds; then the change is refused and the plugin named', async () => {
    hooks.taps('slow').before('song.play', () => new Promise(() => undefined));
    await expect(play('patience')).rejects.toMatchObject({
      code: 'hook.timeout',
      status: 503,
      params: { plugin: 'slow', hook: 'song.play' },
    });
  });

  it('hides the words of a plugin’s own mistake from the caller', async () => {
    hooks.taps('broken').before('song.play', () => {
      throw new TypeError("Cannot read properties of undefined (reading 'secret')");
    });
    await expect(play('x')).rejects.toMatchObject({
      code: 'hook.failed',
      message: expect.not.stringContaining('secret') as string,
    });
  });
});

describe('with', () => {
  it('writes in the same transaction, and takes the whole change back when it fails', async () => {
    let fail = false;
    hooks.taps('lyrics').with('song.play', async ({ title }, { em }) => {
      await remember(em as EntityManager, 'lyrics', title);
      if (fail) throw new Error('no paper left');
    });
    await play('first');
    expect(await recall('lyrics')).toBe('first');
    fail = true;
    await expect(play('second')).rejects.toMatchObject({ code: 'hook.failed' });
    expect(await recall('lyrics')).toBe('first');
    expect(await recall('played')).toMatchObject({ title: 'first' });
  });
});

describe('after', () => {
  it('learns of the fact only after the commit, retries alone, and holds nobody else', async () => {
    const heard: string[] = [];
    const tries: string[] = [];
    hooks.taps('radio').after('song.play', ({ title }) => void heard.push(title));
    hooks.taps('flaky').after('song.play', ({ title }, { attempt, deliveryId }) => {
      tries.push(deliveryId);
      if (tries.length < 3) throw new Error('no signal');
      heard.push(`flaky ${title} ${attempt > 1 ? 'late' : 'at once'}`);
    });
    hooks.taps('censor').before('song.play', (draft) => {
      if (draft.title === 'forbidden') throw new Veto('song.forbidden', 'No.');
      return draft;
    });
    await expect(play('forbidden')).rejects.toThrow('No.');
    await play('allowed');
    await outbox.work();
    try {
      await expect.poll(() => heard, { timeout: 10_000 }).toEqual(['allowed', 'flaky allowed late']);
      expect(new Set(tries).size, 'every try is the same delivery').toBe(1);
    } finally {
      await outbox.stop();
    }
  });
});

it('runs no hook that nobody offers', async () => {
  const runner = hooks.runner({} as EntityManager, systemActor('test'), desiredOf(null)) as unknown as {
    run(name: string, draft: unknown, body: unknown): Promise<unknown>;
  };
  await expect(runner.run('song.stop', {}, () => undefined)).rejects.toThrow(/offered by no running plugin/);
});
