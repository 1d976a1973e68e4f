import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDatabase, type KernelDatabase } from '../db/create-database.js';
import { systemActor } from '../hooks/system-actor.js';
import { createTestDatabase, type TestDatabase } from '../postgres/test-database.js';
import { silentLog } from '../postgres/test-server.js';
import { createAuditLog } from './create-audit-log.js';

let database: TestDatabase;
let db: KernelDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  db = await createDatabase({ url: database.appUrl, log: silentLog });
});
afterAll(async () => {
  await db?.close();
  await database?.drop();
});

it('does not take a row that is being written while it looks for a break of the chain', async () => {
  const audit = createAuditLog({ key: Buffer.alloc(32, 7) });
  let writing = true;
  const writer = (async () => {
    while (writing)
      await db.transaction('/', (em) =>
        audit.write(em, { actor: systemActor('test'), action: 'POST /sites', outcome: 'ok' }),
      );
  })();
  const broken: (number | null)[] = [];
  for (let n = 0; n < 60; n++) broken.push((await db.read('/', (em) => audit.verify(em))).brokenAt);
  writing = false;
  await writer;
  expect(broken.filter((each) => each !== null)).toEqual([]);
});
