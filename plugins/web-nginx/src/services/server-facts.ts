import { oneForChange, type AgentCall, type PluginKit } from '@tenpanel/sdk';
import { vhostEntity } from '../entities/vhost.js';
import { webServerEntity, type WebServer, type WebServerSpec } from '../entities/web-server.js';
import type { Contributors } from './contributors.js';

const PROVIDER = 1;
const FRESH_MS = 2000;

export interface ServerState {
  id: number;
  spec: WebServerSpec;
  /** True once the shared part is on the server. */
  ready: boolean;
}

/** The one row that holds what all sites share: read by every site, written when the host or the cache changes. */
export class ServerFacts {
  private known: { at: number; state: ServerState | null } = { at: 0, state: null };

  constructor(
    private readonly kit: PluginKit,
    private readonly contributors: Contributors,
  ) {}

  /** Read as the system, because a customer's transaction does not see the provider's row. */
  async current(): Promise<ServerState | null> {
    const { state, at } = this.known;
    if (state?.ready && this.kit.now() - at < FRESH_MS) return state;
    const row = await this.kit.read(
      async (em) => (await em.findOne(webServerEntity, { single: true })) as WebServer | null,
    );
    this.known = {
      at: this.kit.now(),
      state: row && { id: row.id, spec: row.spec, ready: row.observedGeneration > 0 },
    };
    return this.known.state;
  }

  /** Look at the host, and change the row when it says something else. All sites follow when their part is concerned. */
  async ensure(agent: AgentCall): Promise<void> {
    const wanted = await this.wanted(agent);
    await this.kit.transaction(async (em, desired) => {
      const row = await oneForChange<WebServer>(em, webServerEntity, { single: true });
      if (!row)
        return void (await desired.create<WebServer>('web-server', { tenantId: PROVIDER, spec: wanted }));
      if (same(row.spec, wanted)) return;
      const sitesToo = row.spec.ipv6 !== wanted.ipv6 || row.spec.caBundle !== wanted.caBundle;
      await desired.update<WebServer>('web-server', row, wanted);
      if (!sitesToo) return;
      const sites = await em.find(vhostEntity, { deletedAt: null }, { fields: ['id'] });
      await desired.touch(
        'vhost',
        sites.map(({ id }) => id),
      );
    });
    this.known = { at: 0, state: null };
  }

  private async wanted(agent: AgentCall): Promise<WebServerSpec> {
    const found = async (glob: string): Promise<string | null> =>
      (await agent('host.glob', { driver: 'web-nginx', glob })).paths[0] ?? null;
    const limit = await this.kit.settings.get('maxBodyMegabytes');
    return {
      ipv6: (await found('ipv6')) !== null,
      caBundle: (await found('caDebian')) ?? (await found('caRhel')),
      cacheSocket: this.contributors.cache?.socket ?? null,
      maxBodyMegabytes: typeof limit === 'number' ? limit : 128,
    };
  }
}

function same(one: WebServerSpec, other: WebServerSpec): boolean {
  return (
    one.ipv6 === other.ipv6 &&
    one.caBundle === other.caBundle &&
    one.cacheSocket === other.cacheSocket &&
    one.maxBodyMegabytes === other.maxBodyMegabytes
  );
}
