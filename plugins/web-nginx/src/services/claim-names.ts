import type { EntityManager } from '@tenpanel/sdk';
import type { Vhost } from '../entities/vhost.js';
import { siteNames } from '../render/site-view.js';
import type { Room } from '../room.js';

/** Claim every name of a site for its account; `*.example.com` needs `example.com`. 409 when one is taken. */
export async function claimNames(room: Room, em: EntityManager, row: Vhost): Promise<void> {
  for (const name of new Set(siteNames(row.spec).map((each) => each.replace(/^\*\./, '')))) {
    await room.accounts.claimDomain(em, row.spec.accountId, name, { kind: 'vhost', id: row.id });
  }
}
