import { createHash, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { z } from 'zod';
import { PluginProblem } from './plugin-problem.js';

export const integrityFile = 'tenpanel.integrity.json';

const listSchema = z.strictObject({
  id: z.string(),
  version: z.string(),
  publisher: z.string(),
  /** Path below the package, with `/` -> sha256 in hex. */
  files: z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/)),
  /** ed25519 over the canonical text of the rest, base64. */
  signature: z.string(),
});
export type IntegrityList = z.infer<typeof listSchema>;

/** The bytes that are signed: one line a file, sorted by path. */
function canonical(list: Omit<IntegrityList, 'signature'>): Buffer {
  const files = Object.keys(list.files)
    .sort()
    .map((path) => `${list.files[path]}  ${path}`);
  return Buffer.from(
    ['tenpanel-integrity-1', list.id, list.version, list.publisher, ...files, ''].join('\n'),
  );
}

/** sha256 of every file of a package but the list itself and what npm puts into it. */
export async function hashFiles(dir: string): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {};
  const walk = async (folder: string): Promise<void> => {
    for (const entry of (await readdir(folder, { withFileTypes: true })).sort((a, b) =>
      a.name < b.name ? -1 : 1,
    )) {
      const path = join(folder, entry.name);
      const name = relative(dir, path);
      if (name === 'node_modules' || name === integrityFile || entry.name === '.git') continue;
      if (entry.isDirectory()) await walk(path);
      else if (entry.isFile())
        hashes[name] = createHash('sha256')
          .update(await readFile(path))
          .digest('hex');
      else
        throw new PluginProblem(
          'blocked',
          `${name} is neither a file nor a folder. A signed package holds nothing else.`,
        );
    }
  };
  await walk(dir);
  return hashes;
}

export async function signPackage(
  dir: string,
  facts: { id: string; version: string; publisher: string },
  key: KeyObject,
): Promise<IntegrityList> {
  const list = { ...facts, files: await hashFiles(dir) };
  return { ...list, signature: sign(null, canonical(list), key).toString('base64') };
}

/**
 * Is every file what the publisher signed? Throws `PluginProblem` (blocked) for a bad signature and for changed, lost
 * and added files. `publicKey` is SPKI in base64, from the registry and never from the package.
 */
export async function verifyPackage(
  dir: string,
  facts: { id: string; version: string; publisher: string },
  publicKey: string,
): Promise<void> {
  const refuse = (why: string): never => {
    throw new PluginProblem(
      'blocked',
      `Its files are not what ${facts.publisher} signed: ${why}. Install the plugin again.`,
    );
  };
  const parsed = listSchema.safeParse(
    JSON.parse(await readFile(join(dir, integrityFile), 'utf8').catch(() => 'null')),
  );
  if (!parsed.success) return refuse(`${integrityFile} is missing or broken`);
  const list = parsed.data;
  if (list.id !== facts.id || list.version !== facts.version || list.publisher !== facts.publisher)
    refuse('the list is for another package or version');
  const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' });
  if (!verify(null, canonical(list), key, Buffer.from(list.signature, 'base64')))
    refuse('the signature is wrong');
  const found = await hashFiles(dir);
  const wrong = Object.keys({ ...list.files, ...found }).find((path) => list.files[path] !== found[path]);
  if (wrong) refuse(`${wrong} was ${found[wrong] ? (list.files[wrong] ? 'changed' : 'added') : 'removed'}`);
}
