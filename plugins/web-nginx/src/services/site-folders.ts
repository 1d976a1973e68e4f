import type { AgentCall } from '@tenpanel/sdk';
import type { Vhost } from '../entities/vhost.js';
import { siteFolder } from '../paths.js';
import { readWelcome } from '../render/snippets.js';

/**
 * The folders of a site, made by the customer's own uid. Others can enter none of them, because the home lets only the
 * owner and the web server in; within it, what is not served is closed to the web server as well.
 */
const FOLDERS = { public_html: '0755', private: '0700', logs: '0700', tmp: '0700' } as const;

export async function makeFolders(row: Vhost, agent: AgentCall): Promise<void> {
  const { account, domain, documentRoot, type } = row.spec;
  const base = siteFolder(domain);
  const parts = documentRoot.split('/');
  const path = `${base}/${documentRoot}`;
  await agent('tenant.mkdir', {
    account,
    folders: [
      { path: base, mode: '0755' },
      ...Object.entries(FOLDERS).map(([name, mode]) => ({ path: `${base}/${name}`, mode })),
      ...parts.map((_, at) => ({ path: `${base}/${parts.slice(0, at + 1).join('/')}`, mode: '0755' })),
    ],
  });
  // Only once, and only into an empty folder: an owner who has removed the page does not want it back.
  if (row.observedGeneration > 0 || (type !== 'php' && type !== 'static')) return;
  const { entries } = await agent('tenant.list', { account, path });
  if (entries.length > 0) return;
  await agent('tenant.write', {
    account,
    path: `${path}/index.html`,
    content: readWelcome(),
    encoding: 'utf8',
    mode: '0644',
    ifAbsent: true,
  });
}

/** The whole folder goes to the home's trash, under a name that no later site can meet. */
export async function moveToTrash(row: Vhost, agent: AgentCall, now: number): Promise<void> {
  const { account, domain } = row.spec;
  const { entries } = await agent('tenant.list', { account, path: 'domains' });
  if (!entries.some(({ name, type }) => name === domain && type === 'directory')) return;
  await agent('tenant.mkdir', { account, folders: [{ path: '.trash', mode: '0700' }] });
  await agent('tenant.rename', { account, from: siteFolder(domain), to: `.trash/${domain}-${now}` });
}
