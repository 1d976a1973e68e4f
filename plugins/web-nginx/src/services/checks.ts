import { query, type AgentCall } from '@tenpanel/sdk';
import type { Room } from '../room.js';
import { clearDefaultSite, findDefaultSite } from './default-site.js';

const driver = 'web-nginx';

export function registerChecks(room: Room): void {
  const { kit } = room;
  kit.check({
    name: 'web-nginx-running',
    title: 'nginx is running',
    async run({ agent }) {
      const status = await agent('service.status', { driver, service: 'nginx' });
      if (status.state === 'running') return { state: 'ok', message: 'nginx is running.' };
      return {
        state: 'fail',
        message: `nginx is ${status.state}. ${status.message ?? ''}`.trim(),
        fix: 'Run tenpanel doctor --repair, and look at what nginx -t says.',
      };
    },
    async repair({ agent }) {
      const status = await agent('service.enable', { driver, service: 'nginx' });
      return `nginx is ${status.state} now.`;
    },
  });
  kit.check({
    name: 'web-nginx-valid',
    title: 'nginx accepts its configuration',
    async run({ agent }) {
      if ((await agent('agent.info', {})).simulated)
        return { state: 'ok', message: 'Nothing to test on a simulated host.' };
      const test = await agent('exec', { driver, command: 'test', args: {} });
      return test.exitCode === 0
        ? { state: 'ok', message: 'nginx -t finds no fault.' }
        : {
            state: 'fail',
            message: test.stderr.trim().slice(0, 1000),
            fix: 'Correct the file that it names; tenpanel plan shows what the panel would write.',
          };
    },
  });
  kit.check({
    name: 'web-nginx-ports',
    title: 'Ports 80 and 443 belong to nginx',
    run: ({ agent }) => checkPorts(agent),
  });
  kit.check({
    name: 'web-nginx-default-site',
    title: 'No other default site',
    async run({ agent }) {
      if ((await agent('agent.info', {})).simulated)
        return { state: 'ok', message: 'Nothing to look at on a simulated host.' };
      const found = await findDefaultSite(agent);
      if (found === 'absent') return { state: 'ok', message: 'Unknown names are answered by the panel.' };
      return found === 'distribution'
        ? {
            state: 'warn',
            message: 'The distribution’s default site is switched on again.',
            fix: 'Run tenpanel doctor --repair: it removes the link in sites-enabled, the file stays in sites-available.',
          }
        : {
            state: 'warn',
            message:
              '/etc/nginx/sites-enabled/default is your own file. If it listens as default_server on port 80, nginx cannot start.',
            fix: 'Remove default_server from it, or the file.',
          };
    },
    async repair({ agent }) {
      return (await clearDefaultSite(agent))
        ? 'The link was removed.'
        : 'Nothing was changed: it is not the distribution’s own link.';
    },
  });
  kit.metric({
    name: 'sites',
    help: 'Web sites by type',
    type: 'gauge',
    labels: ['type'],
    async collect(em) {
      const rows = await query<{ type: string; n: string }>(
        em,
        'select type, count(*) as n from plg_web_nginx.vhost where deleted_at is null group by type',
      );
      return rows.map(({ type, n }) => ({ labels: { type }, value: Number(n) }));
    },
  });
  for (const [name, column, help] of [
    ['web_requests_total', 'requests', 'Requests to web sites'],
    ['web_bytes_total', 'bytes', 'Bytes sent by web sites'],
    ['web_cache_hits_total', 'hits', 'Answers out of the cache'],
    ['web_cache_misses_total', 'misses', 'Answers that the cache had to fetch'],
  ] as const) {
    kit.metric({
      name,
      help,
      type: 'counter',
      labels: ['account'],
      async collect(em) {
        const rows = await query<{ account: string; n: string }>(
          em,
          `select v.spec->>'account' as account, sum(t.${column}) as n from plg_web_nginx.traffic t join plg_web_nginx.vhost v on v.id = t.site_id group by 1`,
        );
        return rows.map(({ account, n }) => ({ labels: { account }, value: Number(n) }));
      },
    });
  }
}

/** `ss` prints one listener a line, with the program at its end. */
async function checkPorts(
  agent: AgentCall,
): Promise<{ state: 'ok' | 'warn' | 'fail'; message: string; fix?: string }> {
  if ((await agent('agent.info', {})).simulated)
    return { state: 'ok', message: 'Nothing to look at on a simulated host.' };
  const listed = await agent('exec', { driver, command: 'listeners', args: {} });
  if (listed.exitCode !== 0)
    return {
      state: 'warn',
      message: 'The listening programs could not be listed.',
      fix: 'Install iproute2 (iproute on RHEL).',
    };
  const lines = listed.stdout.split('\n').map((line) => line.trim().split(/\s+/));
  for (const port of [80, 443]) {
    const holders = lines.filter((columns) => columns[3]?.endsWith(`:${port}`));
    // A hardened agent may not look into other processes: then the column with the program's name is missing.
    const programs = holders.flatMap((columns) => /"([^"]+)"/.exec(columns.slice(5).join(' '))?.[1] ?? []);
    const program = programs.find((name) => name !== 'nginx');
    if (program !== undefined) {
      return {
        state: 'fail',
        message: `${program} listens on port ${port}.`,
        fix: `Stop ${program}, or move it to another port.`,
      };
    }
    if (holders.length === 0)
      return {
        state: 'fail',
        message: `Nothing listens on port ${port}.`,
        fix: 'Start nginx: tenpanel doctor --repair.',
      };
  }
  return { state: 'ok', message: 'nginx listens on ports 80 and 443.' };
}
