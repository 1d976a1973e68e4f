import type { AccountFacts, SiteFacts } from '@tenpanel/sdk';
import type { Vhost } from '../entities/vhost.js';
import { absoluteRoot, siteNames } from '../render/site-view.js';

/** A site as other plugins see it. A site that its owner has switched off counts as suspended, too. */
export function siteFacts(
  row: Vhost,
  account: Pick<AccountFacts, 'suspended'> | null | undefined,
): SiteFacts {
  const { spec } = row;
  return {
    id: row.id,
    tenantId: row.tenantId,
    accountId: spec.accountId,
    account: spec.account,
    domain: spec.domain,
    aliases: siteNames(spec).slice(1),
    type: spec.type,
    documentRoot: absoluteRoot(spec),
    suspended: !spec.enabled || (account?.suspended ?? false),
  };
}
