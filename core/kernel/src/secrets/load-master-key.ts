import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { link, open, unlink } from 'node:fs/promises';
import type { Database } from '../contracts.js';
import { sql } from '../db/sql.js';
import { createSecretBox } from './create-secret-box.js';

const PROOF_PLACE = 'kernel.settings:value:secret.proof';
const PROOF = 'the key of this panel';

/**
 * The 32 bytes that everything sealed hangs on, from `keyFile` (0600, made once). A sealed proof in the database tells
 * whether a key was ever used: a lost or a wrong key stops the start instead of making sealed data unreadable later.
 */
export async function loadMasterKey(options: { keyFile: string; db: Database }): Promise<Buffer> {
  const stored = await options.db.read('/', (em) =>
    sql<{ value: string }>(
      em,
      `select value from kernel.settings where owner = 'kernel' and key = 'secret.proof'`,
    ),
  );
  const proof = stored[0]?.value;
  const key = await readKey(options.keyFile);
  if (!key) {
    if (proof !== undefined) {
      throw new Error(
        `The key file ${options.keyFile} is missing, but the database holds data sealed with it. Restore the file from a backup.`,
      );
    }
    const fresh = await createKey(options.keyFile);
    await storeProof(options.db, fresh);
    return fresh;
  }
  if (proof === undefined) {
    await storeProof(options.db, key);
    return key;
  }
  try {
    createSecretBox(key).open(proof, PROOF_PLACE);
  } catch (error) {
    throw new Error(
      `The key file ${options.keyFile} does not belong to this database. Restore the file that was in use with it.`,
      { cause: error },
    );
  }
  return key;
}

async function storeProof(db: Database, key: Buffer): Promise<void> {
  const sealed = JSON.stringify(createSecretBox(key).seal(PROOF, PROOF_PLACE));
  await db.transaction('/', (em) =>
    sql(
      em,
      `insert into kernel.settings (owner, key, value) values ('kernel', 'secret.proof', $1) on conflict do nothing`,
      [sealed],
    ),
  );
}

async function readKey(keyFile: string): Promise<Buffer | null> {
  const file = await open(keyFile, constants.O_RDONLY | constants.O_NOFOLLOW).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    },
  );
  if (!file) return null;
  try {
    const facts = await file.stat();
    if ((facts.mode & 0o077) !== 0)
      throw new Error(`The key file ${keyFile} can be read by others. Make its mode 0600.`);
    const key = Buffer.from((await file.readFile('utf8')).trim(), 'base64');
    if (key.length !== 32)
      throw new Error(`The key file ${keyFile} does not hold 32 bytes in base64. Restore it from a backup.`);
    return key;
  } finally {
    await file.close();
  }
}

/** Web and worker may start for the first time at the same moment: the file appears whole, and only one of them makes it. */
async function createKey(keyFile: string): Promise<Buffer> {
  const key = randomBytes(32);
  const draft = `${keyFile}.${randomBytes(4).toString('hex')}`;
  const file = await open(
    draft,
    constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
    0o600,
  );
  try {
    await file.writeFile(`${key.toString('base64')}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    await link(draft, keyFile);
    return key;
  } catch (error) {
    const other = (error as NodeJS.ErrnoException).code === 'EEXIST' ? await readKey(keyFile) : null;
    if (!other) throw error;
    return other;
  } finally {
    await unlink(draft);
  }
}
