import type { SiteContribution, SiteContributor } from '@tenpanel/sdk';
import { siteEntity, type PhpSite } from './site-entity.js';

/** Tells the web server which socket runs a site's PHP; the socket stays the old one until a new pool is ready. */
export const phpContributor: SiteContributor = {
  id: 'php-fpm',
  async contribute(sites, { em }) {
    const wanted = sites.filter((site) => site.type === 'php').map((site) => site.id);
    const rows =
      wanted.length === 0
        ? []
        : ((await em.find(siteEntity, { siteId: { $in: wanted }, deletedAt: null })) as PhpSite[]);
    const bySite = new Map(rows.map((row) => [row.siteId, row]));
    return new Map(
      wanted.map((id): [number, SiteContribution] => {
        const row = bySite.get(id);
        if (row?.servedSocket) return [id, { phpSocket: row.servedSocket }];
        return [
          id,
          {
            waiting: row
              ? `PHP ${row.spec.version} is being prepared.`
              : 'This site has no PHP version yet. Choose one.',
          },
        ];
      }),
    );
  },
};
