import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Candidate } from './candidate.js';

type Texts = Record<string, string>;

/**
 * The messages of a plugin by language, from `<language>.json` in its locales folder, as flat keys. What lies below
 * `errors` keeps its key, because error codes are unique over all plugins (`errors.plan.inUse`); everything else gets
 * the plugin's id before it (`limits.disk` of `accounts` -> `accounts.limits.disk`). A file that cannot be read is left out, not fatal.
 */
export async function readPluginMessages({
  id,
  dir,
  manifest,
}: Pick<Candidate, 'id' | 'dir' | 'manifest'>): Promise<Record<string, Texts>> {
  if (manifest.locales === null) return {};
  const folder = join(dir, manifest.locales);
  const found: Record<string, Texts> = {};
  for (const name of await readdir(folder).catch(() => [])) {
    const language = /^([a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)\.json$/.exec(name)?.[1];
    if (!language) continue;
    try {
      const texts: Texts = {};
      for (const [key, text] of flatten(JSON.parse(await readFile(join(folder, name), 'utf8')))) {
        texts[key.startsWith('errors.') ? key : `${id}.${key}`] = text;
      }
      found[language] = texts;
    } catch {
      // English or the key itself is shown instead; the check of all plugins finds the broken file.
    }
  }
  return found;
}

function flatten(value: unknown, path = ''): [string, string][] {
  if (typeof value === 'string') return [[path, value]];
  if (typeof value !== 'object' || value === null) throw new Error(`The message ${path} is no text.`);
  return Object.entries(value).flatMap(([key, inner]) =>
    flatten(inner, path === '' ? key : `${path}.${key}`),
  );
}
