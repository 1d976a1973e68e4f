import type { SiteContribution } from '@tenpanel/sdk';
import { absoluteRoot, siteNames, type SiteView } from '../src/render/site-view.js';
import { vhostSpec, type VhostSpec } from '../src/spec/vhost-spec.js';

/** A site as the panel would have it in its database. */
export function siteViewOf(
  values: Record<string, unknown> = {},
  more: Partial<SiteView> & { contribution?: SiteContribution } = {},
): SiteView {
  const spec: VhostSpec = vhostSpec.parse({
    accountId: 1,
    account: 'demo',
    home: '/home/demo',
    domain: 'example.com',
    type: 'static',
    ...values,
  });
  return {
    id: 1,
    spec,
    names: siteNames(spec),
    documentRoot: absoluteRoot(spec),
    contribution: {},
    suspended: false,
    addresses: [],
    ipv6: false,
    caBundle: null,
    ...more,
  };
}
