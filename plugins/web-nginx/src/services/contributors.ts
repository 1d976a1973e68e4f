import type { EntityManager, OriginCache, SiteContribution, SiteContributor, SiteFacts } from '@tenpanel/sdk';

/** Plugins that add to sites, and the cache, if there is one. Filled while plugins are set up. */
export class Contributors {
  private readonly all: SiteContributor[] = [];
  private chosen: OriginCache | null = null;

  add(contributor: SiteContributor): void {
    if (this.all.some(({ id }) => id === contributor.id))
      throw new Error(`${contributor.id} contributes to sites already`);
    this.all.push(contributor);
  }

  useCache(cache: OriginCache): void {
    if (this.chosen && this.chosen.id !== cache.id)
      throw new Error(`${this.chosen.id} is the cache already; disable it before ${cache.id} can be`);
    this.chosen = cache;
  }

  get cache(): OriginCache | null {
    return this.chosen;
  }

  /** Of all sites at once, each contributor asked once. Reasons to wait are joined. */
  async of(sites: readonly SiteFacts[], em: EntityManager): Promise<Map<number, SiteContribution>> {
    const merged = new Map<number, SiteContribution>(sites.map(({ id }) => [id, {}]));
    for (const contributor of this.all) {
      for (const [id, part] of await contributor.contribute(sites, { em })) {
        const before = merged.get(id);
        if (!before) continue;
        const waiting = [before.waiting, part.waiting].filter((reason) => reason !== undefined).join(' ');
        merged.set(id, { ...before, ...part, ...(waiting ? { waiting } : {}) });
      }
    }
    return merged;
  }
}
