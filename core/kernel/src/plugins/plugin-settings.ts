import type { Manifest, PluginSettings } from '@tenpanel/sdk';
import type { Kernel } from '../contracts.js';
import { readAgain, readOnce } from '../db/read-once.js';
import { checkSetting } from './check-setting.js';

/** The settings that a plugin's manifest declares; a missing value is the manifest's default. */
export function createPluginSettings(
  kernel: Pick<Kernel, 'db' | 'settings' | 'secrets'>,
  manifest: Manifest,
): PluginSettings {
  const specOf = (key: string) => {
    const spec = Object.hasOwn(manifest.settings, key) ? manifest.settings[key] : undefined;
    if (!spec)
      throw new Error(`The setting ${key} is not declared in "settings" of the manifest of ${manifest.id}.`);
    return spec;
  };
  // Asked beside any transaction that may be open, so that one who holds a connection never waits for a second.
  const all = () =>
    readOnce(`settings of ${manifest.id}`, () => kernel.settings.all(kernel.db.systemReader(), manifest.id));
  const place = (key: string) => `settings:value:${manifest.id}.${key}`;
  return {
    async get(key) {
      const spec = specOf(key);
      const stored = (await all()).get(key);
      if (stored === null || stored === undefined) return spec.default;
      if (spec.type === 'secret')
        return typeof stored === 'string' ? kernel.secrets.open(stored, place(key)) : null;
      return checkSetting(key, spec, stored);
    },
    async set(key, value) {
      const spec = specOf(key);
      const checked = checkSetting(key, spec, value);
      const stored =
        spec.type === 'secret' && typeof checked === 'string'
          ? kernel.secrets.seal(checked, place(key))
          : checked;
      await kernel.db.transaction('/', (em) => kernel.settings.set(em, manifest.id, key, stored));
      readAgain(`settings of ${manifest.id}`);
    },
  };
}
