import type { Php } from '@tenpanel/sdk';
import { siteRow } from './pools/pool-store.js';
import type { Room } from './room.js';
import { endOfLife } from './versions/end-of-life.js';

/** What other plugins may ask about PHP. */
export function phpCapability({ kit, versions }: Room): Php {
  return {
    async versions() {
      const rows = await kit.read((em) => versions.present(em));
      return rows.map(({ version }) => ({ version, endOfLife: endOfLife(version, kit.now()).endOfLife }));
    },
    defaultVersion: () => kit.read((em) => versions.preferred(em)),
    async ofSite(em, siteId) {
      const row = await siteRow(em, siteId);
      return row?.servedSocket ? { version: row.spec.version, socket: row.servedSocket } : null;
    },
  };
}
