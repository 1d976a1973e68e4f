import { FieldError, type AgentCall } from '@tenpanel/sdk';
import { Varnish } from '../server/varnish.js';
import { urlPattern } from './url-pattern.js';

export type PurgeWish = { all: true } | { url: string } | { tag: string };

/** Forget pages of one site. Every ban names the site, so that nobody can empty another one's. */
export async function purge(agent: AgentCall, siteId: number, what: PurgeWish): Promise<void> {
  const varnish = new Varnish(agent);
  const site = String(siteId);
  if ('all' in what) await varnish.run('banSite', { site });
  else if ('url' in what) await varnish.run('banUrl', { site, pattern: urlPattern(what.url) });
  else {
    if (!/^[A-Za-z0-9_.:-]{1,64}$/.test(what.tag))
      throw new FieldError(
        ['tag'],
        'cache.badTag',
        'A tag has at most 64 letters, digits, dots, colons, dashes and underscores.',
      );
    await varnish.run('banTag', { site, pattern: `,${what.tag.replaceAll('.', '[.]')},` });
  }
}
