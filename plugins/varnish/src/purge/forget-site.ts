import type { AgentCall } from '@tenpanel/sdk';
import { Varnish } from '../server/varnish.js';
import { purge } from './purge.js';

/** Forget all pages of a site. A Varnish that does not run has none: its memory is empty when it starts. */
export async function forgetSite(agent: AgentCall, siteId: number): Promise<void> {
  if (await new Varnish(agent).answers()) await purge(agent, siteId, { all: true });
}
