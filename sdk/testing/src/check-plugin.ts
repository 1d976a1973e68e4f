import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readPackage } from '@tenpanel/kernel/plugins/read-package';
import { describe, expect, it } from 'vitest';

/** The one order of every plugin's README, as words that its headings begin with. */
export const readmeOrder = [
  'What',
  'Install',
  'Settings',
  'Hooks used and offered',
  'Host driver',
  'Files written',
  'Undo',
] as const;

/**
 * Tests that every plugin passes: manifest and host driver parse, the browser part is there, README has the usual parts in the usual order,
 * locales hold the same keys in every language. Call it at the top level of a test file.
 *
 * @example
 * checkPlugin(new URL('..', import.meta.url));
 */
export function checkPlugin(plugin: string | URL): void {
  const dir = (plugin instanceof URL ? fileURLToPath(plugin) : plugin).replace(/\/+$/, '');
  const id = dir.split('/').at(-1) ?? dir;

  describe(`the package of ${id}`, () => {
    it('has a sound manifest, an entry and, where it names one, a sound host driver', async () => {
      const { manifest, driver } = await readPackage(dir, ['source']);
      expect(manifest.id).toBe(id);
      const hostOperations = manifest.operations.filter(
        (name) => /^(config|service|exec|log|package|host\.glob)/.test(name) && name !== 'package.status',
      );
      if (hostOperations.length > 0)
        expect(driver, `${hostOperations.join(', ')} need a host driver`).not.toBeNull();
    });

    it('has the browser part that it names', async () => {
      const { manifest } = await readPackage(dir, ['source']);
      if (manifest.ui !== null) expect(existsSync(join(dir, manifest.ui)), manifest.ui).toBe(true);
    });

    it('has a README with the usual parts in the usual order', () => {
      const headings = [...readFileSync(join(dir, 'README.md'), 'utf8').matchAll(/^## (.+)$/gm)].map(
        ([, heading]) => heading ?? '',
      );
      const places = readmeOrder.map((part) =>
        headings.findIndex((heading) => heading.toLowerCase().startsWith(part.toLowerCase())),
      );
      const lost = readmeOrder.filter((_, index) => places[index] === -1);
      expect(lost, 'missing headings').toEqual([]);
      expect(places, `the order is ${readmeOrder.join(', ')}`).toEqual([...places].sort((a, b) => a - b));
    });

    it('says the same things in every language', async () => {
      const { manifest } = await readPackage(dir, ['source']);
      if (manifest.locales === null) return;
      const folder = join(dir, manifest.locales);
      expect(
        existsSync(join(folder, 'en.json')),
        'English is the language that all others fall back to',
      ).toBe(true);
      const keys = (file: string) => flatten(JSON.parse(readFileSync(join(folder, file), 'utf8'))).sort();
      const english = keys('en.json');
      for (const file of readdirSync(folder).filter((name) => name.endsWith('.json')))
        expect(keys(file), file).toEqual(english);
    });
  });
}

function flatten(value: unknown, path = ''): string[] {
  if (typeof value === 'string') return [path];
  if (typeof value !== 'object' || value === null) throw new Error(`The message ${path} is no text.`);
  return Object.entries(value).flatMap(([key, inner]) =>
    flatten(inner, path === '' ? key : `${path}.${key}`),
  );
}
