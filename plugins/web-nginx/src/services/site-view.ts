import type { EntityManager } from '@tenpanel/sdk';
import type { Vhost } from '../entities/vhost.js';
import { absoluteRoot, siteNames, type SiteView } from '../render/site-view.js';
import type { Room } from '../room.js';
import { siteFacts } from './site-facts.js';

/** Gather what the configuration of one site is computed from. */
export async function loadSiteView(room: Room, row: Vhost, em: EntityManager): Promise<SiteView> {
  const account = await room.accounts.get(em, row.spec.accountId);
  const facts = siteFacts(row, account);
  const contribution = (await room.contributors.of([facts], em)).get(row.id) ?? {};
  const server = await room.server.current();
  return {
    id: row.id,
    spec: row.spec,
    names: siteNames(row.spec),
    documentRoot: absoluteRoot(row.spec),
    contribution,
    suspended: account?.suspended ?? false,
    addresses: row.addresses,
    ipv6: server?.spec.ipv6 ?? false,
    caBundle: server?.spec.caBundle ?? null,
  };
}
