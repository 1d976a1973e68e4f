import type { AgentCall } from '@tenpanel/sdk';
import type { Vhost } from '../entities/vhost.js';
import { siteNames } from '../render/site-view.js';

const driver = 'web-nginx';

/**
 * The last lines of one site. The access log is keyed by the site's id; the error log, which is nginx's own format, by
 * the host name of the request, so each name of the site is asked.
 */
export async function readSiteLog(
  agent: AgentCall,
  row: Vhost,
  kind: 'access' | 'error',
  lines: number,
): Promise<string[]> {
  if (kind === 'access')
    return (await agent('log.tail', { driver, log: 'access', lines, key: String(row.id) })).lines;
  const names = siteNames(row.spec)
    .filter((name) => !name.startsWith('*'))
    .slice(0, 20);
  const found: string[] = [];
  for (const key of names)
    found.push(...(await agent('log.tail', { driver, log: 'error', lines, key })).lines);
  // nginx begins each line with its time, so that sorting by text is sorting by time.
  return found.sort().slice(-lines);
}
