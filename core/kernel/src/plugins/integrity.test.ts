import { generateKeyPairSync } from 'node:crypto';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { integrityFile, signPackage, verifyPackage } from './integrity.js';

const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const key = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
const facts = { id: 'hello', version: '1.0.0', publisher: 'someone' };
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tenpanel-integrity-'));
  await mkdir(join(dir, 'dist'));
  await writeFile(join(dir, 'package.json'), '{}');
  await writeFile(join(dir, 'dist/index.js'), 'export default 1;');
  await writeFile(join(dir, integrityFile), JSON.stringify(await signPackage(dir, facts, privateKey)));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const verify = (wanted = facts, by = key) => verifyPackage(dir, wanted, by);

describe('the signed list of a package', () => {
  it('accepts exactly what was signed', async () => {
    await expect(verify()).resolves.toBeUndefined();
  });

  it('refuses a changed, an added and a removed file, and says which', async () => {
    await writeFile(join(dir, 'dist/index.js'), 'export default 2;');
    await expect(verify()).rejects.toThrow('dist/index.js was changed');
    await writeFile(join(dir, 'dist/index.js'), 'export default 1;');
    await writeFile(join(dir, 'dist/extra.js'), '');
    await expect(verify()).rejects.toThrow('dist/extra.js was added');
    await rm(join(dir, 'dist/extra.js'));
    await rm(join(dir, 'package.json'));
    await expect(verify()).rejects.toThrow('package.json was removed');
  });

  it('refuses a link, which could point anywhere', async () => {
    await symlink('/etc/passwd', join(dir, 'dist/link.js'));
    await expect(verify()).rejects.toThrow(/neither a file nor a folder/);
  });

  it('refuses the list of another version and another publisher’s key', async () => {
    await expect(verify({ ...facts, version: '1.0.1' })).rejects.toThrow(/another package or version/);
    const other = generateKeyPairSync('ed25519')
      .publicKey.export({ type: 'spki', format: 'der' })
      .toString('base64');
    await expect(verify(facts, other)).rejects.toThrow(/the signature is wrong/);
  });
});
