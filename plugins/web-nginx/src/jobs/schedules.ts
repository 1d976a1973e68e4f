import { query } from '@tenpanel/sdk';
import { vhostEntity, type Vhost } from '../entities/vhost.js';
import type { Room } from '../room.js';
import { resolveTarget } from '../services/proxy-target.js';
import { followLogs } from './follow-logs.js';

export function registerSchedules(room: Room): void {
  const { kit } = room;
  // A cache that has come or gone (a plugin was enabled or disabled) reaches the shared file at once.
  kit.onStart(() => room.server.ensure(kit.agent));
  kit.schedule({
    name: 'web-server-facts',
    cron: '* * * * *',
    run: ({ agent }) => room.server.ensure(agent),
  });
  followLogs(room);
  kit.schedule({ name: 'web-proxy-targets', cron: '*/5 * * * *', run: () => followTargets(room) });
  kit.schedule({
    name: 'web-housekeeping',
    cron: '17 2 * * *',
    async run({ agent }) {
      const days = await kit.settings.get('trafficDays');
      await kit.transaction((em) =>
        query(em, "delete from plg_web_nginx.traffic where day < (now() at time zone 'utc')::date - ?::int", [
          typeof days === 'number' ? days : 400,
        ]),
      );
      // Where systemd runs, the distribution's timer calls logrotate.
      const info = await agent('agent.info', {});
      if (info.services === 'supervisor' && !info.simulated)
        await agent('exec', { driver: kit.id, command: 'rotateLogs', args: {} });
    },
  });
}

/** Wake the proxy sites whose target has moved; the reconciler looks again and writes the new addresses. */
async function followTargets({ kit }: Room): Promise<void> {
  const rows = await kit.read(
    async (em) => (await em.find(vhostEntity, { type: 'proxy', deletedAt: null })) as Vhost[],
  );
  const moved: number[] = [];
  for (const row of rows) {
    const { proxy } = row.spec;
    const found = proxy ? await resolveTarget(proxy.url, proxy.allowPrivate) : [];
    if (found.length > 0 && found.join() !== row.addresses.join()) moved.push(row.id);
  }
  if (moved.length > 0) await kit.transaction((_em, desired) => desired.touch('vhost', moved));
}
