import type { AgentCall } from '@tenpanel/sdk';

const driver = 'web-nginx';
const DISTRIBUTION = ['/etc/nginx/sites-available/default', '../sites-available/default'];

export type DefaultSite = 'absent' | 'distribution' | 'own';

/**
 * Debian enables a welcome page as `default_server` of port 80, and nginx takes only one. It is a link into
 * sites-available; anything else under that name was put there by an administrator and is left alone.
 */
export async function findDefaultSite(agent: AgentCall): Promise<DefaultSite> {
  const { paths } = await agent('host.glob', { driver, glob: 'defaultSite' });
  if (paths.length === 0) return 'absent';
  const target = await agent('exec', { driver, command: 'defaultSiteTarget', args: {} });
  return target.exitCode === 0 && DISTRIBUTION.includes(target.stdout.trim()) ? 'distribution' : 'own';
}

/** Switch the distribution's default site off as an administrator would: the link goes, the file stays. */
export async function clearDefaultSite(agent: AgentCall): Promise<boolean> {
  if ((await agent('agent.info', {})).simulated) return false;
  if ((await findDefaultSite(agent)) !== 'distribution') return false;
  const gone = await agent('exec', { driver, command: 'defaultSiteOff', args: {} });
  return gone.exitCode === 0;
}
