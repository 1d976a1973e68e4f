import type { ReconcilerSpec } from '@tenpanel/sdk';
import { webServerEntity, type WebServer } from '../entities/web-server.js';
import { renderShared } from '../render/shared.js';
import { readLogrotate, readSnippets } from '../render/snippets.js';
import { clearDefaultSite } from './default-site.js';

/** The shared part: one small change when the cache comes or goes, whatever the number of sites. */
export function serverReconciler(): ReconcilerSpec<WebServer> {
  return {
    kind: 'web-server',
    entity: webServerEntity,
    render: (row) =>
      Promise.resolve([
        {
          service: 'nginx',
          files: [
            { root: 'conf', path: 'tp-00-shared.conf', content: renderShared(row.spec) },
            ...readSnippets().map(({ path, content }) => ({ root: 'snippets', path, content })),
            { root: 'logrotate', path: 'tenpanel-web', content: readLogrotate() },
          ],
        },
      ]),
    async converge(_row, ctx) {
      const cleared = await clearDefaultSite(ctx.agent);
      await ctx.apply();
      await ctx.agent('service.enable', { driver: 'web-nginx', service: 'nginx' });
      return cleared
        ? [
            {
              type: 'DefaultSite',
              status: 'false',
              reason: 'Disabled',
              message:
                'The distribution’s default site was switched off, because it answers for unknown names. It is still in sites-available.',
            },
          ]
        : [];
    },
    resyncSeconds: 900,
  };
}
