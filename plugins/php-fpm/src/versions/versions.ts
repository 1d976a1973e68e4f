import { query, type AgentCall, type EntityManager, type PluginKit } from '@tenpanel/sdk';
import { compareVersions, discover } from './discover.js';
import { versionEntity, type PhpVersion } from './version-entity.js';

const PREFERRED = '8.4';

/** The PHP versions of this host, as the table remembers them. */
export class Versions {
  constructor(private readonly kit: PluginKit) {}

  /** Look at the host and write down what is there. */
  async refresh(agent: AgentCall = this.kit.agent): Promise<void> {
    const found = await discover(agent);
    await this.kit.transaction(async (em) => {
      await query(em, 'update plg_php_fpm.version set present = false where not (version = any(?))', [
        `{${found.map((each) => each.version).join(',')}}`,
      ]);
      for (const { version, slot, path, extensions } of found) {
        await query(
          em,
          `insert into plg_php_fpm.version (version, slot, path, extensions, present, seen_at) values (?, ?, ?, ?, true, now())
           on conflict (version) do update set slot = excluded.slot, path = excluded.path, extensions = excluded.extensions, present = true, seen_at = now()`,
          [version, slot, path, JSON.stringify(extensions)],
        );
      }
    });
  }

  /** Whether the host was ever looked at with success. */
  known(): Promise<boolean> {
    return this.kit.read(async (em) => (await em.count(versionEntity)) > 0);
  }

  /** Newest first. */
  async present(em: EntityManager): Promise<PhpVersion[]> {
    const rows = await em.find(versionEntity, { present: true });
    return rows.sort((a, b) => compareVersions(b.version, a.version));
  }

  async find(em: EntityManager, version: string): Promise<PhpVersion | null> {
    return em.findOne(versionEntity, { version, present: true });
  }

  /** The administrator's setting, else 8.4 where it is installed, else the newest. */
  async preferred(em: EntityManager): Promise<string | null> {
    const have = (await this.present(em)).map((row) => row.version);
    const wanted = String((await this.kit.settings.get('defaultVersion')) ?? '');
    if (have.includes(wanted)) return wanted;
    return have.includes(PREFERRED) ? PREFERRED : (have[0] ?? null);
  }
}
