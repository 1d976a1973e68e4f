import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const fileSchema = z.record(z.string(), z.string());

/** The kernel's own texts. */
export const kernelLocales: string = fileURLToPath(new URL('../../locales', import.meta.url));

/** `<language>.json` files of a folder: flat objects of key and text. @throws Error naming the file that is wrong */
export async function readCatalogues(dir: string): Promise<Record<string, Record<string, string>>> {
  const found: Record<string, Record<string, string>> = {};
  for (const name of await readdir(dir)) {
    const language = /^([a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)\.json$/.exec(name)?.[1];
    if (!language) continue;
    const parsed = fileSchema.safeParse(JSON.parse(await readFile(join(dir, name), 'utf8')));
    if (!parsed.success)
      throw new Error(`The messages in ${join(dir, name)} must be one flat object of texts.`);
    found[language] = parsed.data;
  }
  return found;
}
