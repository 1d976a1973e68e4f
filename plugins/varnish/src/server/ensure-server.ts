import { oneForChange, type Desired, type EntityManager, type PluginKit } from '@tenpanel/sdk';
import { serverEntity, type CacheServer, type CacheServerSpec } from './server-entity.js';

/** The provider is the first tenant; what belongs to the whole host is its. */
const PROVIDER = 1;

/** Make the one row, or let it follow the settings. Called at the start and every few minutes. */
export async function ensureServer(kit: PluginKit, em: EntityManager, desired: Desired): Promise<void> {
  const number = async (key: string, fallback: number) => Number((await kit.settings.get(key)) ?? fallback);
  const spec: CacheServerSpec = {
    storageMegabytes: await number('storageMegabytes', 256),
    ttl: await number('defaultTtl', 120),
    grace: await number('defaultGrace', 600),
  };
  const row = await oneForChange<CacheServer>(em, serverEntity, { single: true });
  if (!row) await desired.create<CacheServer>('cache-server', { tenantId: PROVIDER, spec });
  else if (Object.entries(spec).some(([key, value]) => row.spec[key as keyof CacheServerSpec] !== value)) {
    await desired.update<CacheServer>('cache-server', row, spec);
  }
}
