import type { PluginKit } from '@tenpanel/sdk';
import { vclFolder } from '../server/render-server.js';
import { checkVcl } from './check-vcl.js';
import type { SiteVcl } from './site-vcl.js';

/** A whole VCL program: the shared policy with the site's own words at their three places. */
export function renderSite(kit: Pick<PluginKit, 'render'>, vcl: SiteVcl): string {
  return kit.render('site.vcl.eta', {
    policy: `${vclFolder}/policy.vcl`,
    recv: checkVcl('recv', vcl.recv),
    backendResponse: checkVcl('backendResponse', vcl.backendResponse),
    deliver: checkVcl('deliver', vcl.deliver),
  });
}
