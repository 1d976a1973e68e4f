import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type KernelDatabase } from '../db/create-database.js';
import { createTestDatabase, type TestDatabase } from '../postgres/test-database.js';
import { silentLog } from '../postgres/test-server.js';
import { createSecretBox, deriveKey } from './create-secret-box.js';
import { loadMasterKey } from './load-master-key.js';
import { Secret } from './secret.js';

describe('a secret box', () => {
  const box = createSecretBox(Buffer.alloc(32, 1));

  it('opens what it sealed, at its place only', () => {
    const sealed = box.seal('päss\u0000word', 'users:totp:1');
    expect(sealed).not.toContain('word');
    expect(box.open(sealed, 'users:totp:1')).toBe('päss\u0000word');
    expect(() => box.open(sealed, 'users:totp:2')).toThrow('another key or for another place');
    expect(() => createSecretBox(Buffer.alloc(32, 2)).open(sealed, 'users:totp:1')).toThrow('another key');
    expect(box.open(box.seal('', 'a'), 'a')).toBe('');
  });

  it('never seals the same twice, and notices every changed character', () => {
    const sealed = box.seal('secret', 'a');
    expect(box.seal('secret', 'a')).not.toBe(sealed);
    for (let i = 0; i < sealed.length; i += 1) {
      const changed = `${sealed.slice(0, i)}${sealed[i] === 'A' ? 'B' : 'A'}${sealed.slice(i + 1)}`;
      // The last character of base64 may hold bits that mean nothing.
      if (
        Buffer.from(changed.split('.').at(-1) ?? '', 'base64url').equals(
          Buffer.from(sealed.split('.').at(-1) ?? '', 'base64url'),
        ) &&
        changed
          .split('.')
          .slice(0, 3)
          .map((part) => Buffer.from(part, 'base64url').toString('hex'))
          .join() ===
          sealed
            .split('.')
            .slice(0, 3)
            .map((part) => Buffer.from(part, 'base64url').toString('hex'))
            .join()
      )
        continue;
      expect(() => box.open(changed, 'a')).toThrow();
    }
    expect(() => box.open('plain text', 'a')).toThrow('not sealed by this panel');
  });

  it('derives a key for each purpose', () => {
    expect(deriveKey(Buffer.alloc(32), 'a').equals(deriveKey(Buffer.alloc(32), 'b'))).toBe(false);
  });
});

describe('a secret', () => {
  it('is not printed by accident', () => {
    const secret = new Secret('hunter2');
    for (const text of [
      String(secret),
      `${secret}`,
      JSON.stringify({ secret }),
      inspect(secret),
      inspect({ a: { secret } }),
      inspect(secret, { showHidden: true }),
    ]) {
      expect(text).toContain('[redacted]');
      expect(text).not.toContain('hunter2');
    }
    expect(secret.reveal()).toBe('hunter2');
  });
});

describe('the key file', () => {
  let database: TestDatabase;
  let db: KernelDatabase;
  let folder: string;

  beforeAll(async () => {
    database = await createTestDatabase();
    db = await createDatabase({ url: database.appUrl, log: silentLog });
    folder = await mkdtemp(path.join(tmpdir(), 'tenpanel-key-'));
  });

  afterAll(async () => {
    await db?.close();
    await database?.drop();
    await rm(folder, { recursive: true, force: true });
  });

  it('is made once, private, and must stay with its database', async () => {
    const keyFile = path.join(folder, 'secret.key');
    // Web and worker start for the first time at the same moment.
    const made = await Promise.all(Array.from({ length: 4 }, () => loadMasterKey({ keyFile, db })));
    const key = await loadMasterKey({ keyFile, db });
    expect(made.every((one) => one.equals(key))).toBe(true);
    expect(await readdir(folder)).toEqual(['secret.key']);
    expect((await stat(keyFile)).mode & 0o777).toBe(0o600);
    expect((await loadMasterKey({ keyFile, db })).equals(key)).toBe(true);

    await expect(loadMasterKey({ keyFile: path.join(folder, 'other.key'), db })).rejects.toThrow(
      'is missing, but the database holds data sealed with it',
    );
    await writeFile(path.join(folder, 'wrong.key'), Buffer.alloc(32, 9).toString('base64'), { mode: 0o600 });
    await expect(loadMasterKey({ keyFile: path.join(folder, 'wrong.key'), db })).rejects.toThrow(
      'does not belong to this database',
    );
    await writeFile(path.join(folder, 'short.key'), 'abc', { mode: 0o600 });
    await expect(loadMasterKey({ keyFile: path.join(folder, 'short.key'), db })).rejects.toThrow(
      'does not hold 32 bytes',
    );
    await chmod(keyFile, 0o644);
    await expect(loadMasterKey({ keyFile, db })).rejects.toThrow('can be read by others');
  });
});
