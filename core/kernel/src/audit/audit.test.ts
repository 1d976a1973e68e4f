import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditInput } from '../contracts.js';
import { createDatabase, type KernelDatabase } from '../db/create-database.js';
import { sql } from '../db/sql.js';
import { systemActor } from '../hooks/system-actor.js';
import { createTestDatabase, type TestDatabase } from '../postgres/test-database.js';
import { silentLog } from '../postgres/test-server.js';
import { createTenant } from '../tenants/tenants.js';
import { createAuditLog } from './create-audit-log.js';

let database: TestDatabase;
let db: KernelDatabase;
const audit = createAuditLog({ key: Buffer.alloc(32, 7) });
const entry = (values: Partial<AuditInput> = {}): AuditInput => ({
  actor: systemActor('test'),
  action: 'POST /sites',
  outcome: 'ok',
  ...values,
});
const verify = () => db.read('/', (em) => audit.verify(em));

beforeAll(async () => {
  database = await createTestDatabase();
  db = await createDatabase({ url: database.appUrl, log: silentLog });
});

afterAll(async () => {
  await db?.close();
  await database?.drop();
});

/** What only somebody with the rights of the server could do. */
async function tamper(text: string): Promise<void> {
  const admin = new pg.Client({ connectionString: database.adminUrl });
  await admin.connect();
  await admin.query(text);
  await admin.end();
}

describe('the audit log', () => {
  it('links every row to the one before, whatever the details hold', async () => {
    await db.transaction('/', (em) =>
      audit.write(
        em,
        entry({
          object: 'site/1',
          details: { b: 1.5, a: ['ä', null, { z: true, y: undefined }], nul: 'x\u0000y' },
        }),
      ),
    );
    await db.transaction('/', (em) =>
      audit.write(em, entry({ summary: 'a "quoted" \\ text', address: '192.0.2.1', requestId: 'r1' })),
    );
    expect(await verify()).toEqual({ rows: 2, brokenAt: null });
  });

  it('writes nothing when the transaction is rolled back', async () => {
    await db
      .transaction('/', async (em) => {
        await audit.write(em, entry());
        throw new Error('no');
      })
      .catch(() => undefined);
    expect(await verify()).toEqual({ rows: 2, brokenAt: null });
  });

  it('keeps one unbroken chain under many writers, and does not deadlock on their other locks', async () => {
    await db.transaction('/', (em) =>
      sql(em, `insert into kernel.settings (owner, key, value) values ('t', 'a', '0'), ('t', 'b', '0')`),
    );
    await Promise.all(
      Array.from({ length: 30 }, (_, i) =>
        db.transaction('/', async (em) => {
          // Written first, although a row lock comes later: the chain's lock still is the last one.
          await audit.write(em, entry({ summary: `n${i}` }));
          await sql(
            em,
            `update kernel.settings set value = to_jsonb(value::int + 1) where owner = 't' and key = 'a'`,
          );
        }),
      ),
    );
    expect(await verify()).toEqual({ rows: 32, brokenAt: null });
  });

  it('cannot be changed by the role of the panel', async () => {
    await expect(
      db.transaction('/', (em) => sql(em, `update kernel.audit set action = 'x'`)),
    ).rejects.toThrow('permission denied');
    await expect(db.transaction('/', (em) => sql(em, 'delete from kernel.audit'))).rejects.toThrow(
      'permission denied',
    );
    await expect(
      db.transaction('/', (em) => sql(em, `update kernel.audit_head set seq = 0`)),
    ).rejects.toThrow('forward by one');
  });

  it('lets a tenant read its own rows only, and write wherever it acted', async () => {
    const client = await db.transaction('/', (em) =>
      createTenant(em, { parentId: 1, kind: 'client', name: 'C' }),
    );
    const actor = { ...systemActor('c'), tenantId: client.id, path: client.path };
    await db.transaction(client.path, (em) => audit.write(em, entry({ actor })));
    expect(await db.read(client.path, (em) => sql(em, 'select actor_name from kernel.audit'))).toEqual([
      { actor_name: 'c' },
    ]);
    expect(await verify()).toEqual({ rows: 33, brokenAt: null });
  });

  it('tells which row was changed', async () => {
    const [row] = await db.read('/', (em) =>
      sql<{ id: string }>(em, 'select id from kernel.audit where seq = 5'),
    );
    await tamper(`update kernel.audit set summary = 'forged' where seq = 5`);
    expect(await verify()).toEqual({ rows: 4, brokenAt: Number(row?.id) });
    await tamper(
      `update kernel.audit set summary = (select 'n' || g from generate_series(0, 40) g where false) where seq = 5`,
    );
    expect((await verify()).brokenAt).toBe(Number(row?.id));
  });

  it('tells when rows were taken out of the middle or cut off at the end', async () => {
    await tamper('delete from kernel.audit where seq = 33');
    await tamper('delete from kernel.audit where seq >= 5');
    expect(await verify()).toEqual({ rows: 4, brokenAt: 4 });
  });
});
