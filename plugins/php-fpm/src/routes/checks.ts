import type { Room } from '../room.js';
import { endOfLife } from '../versions/end-of-life.js';

/** Lines of `doctor`. */
export function phpChecks({ kit, versions }: Room): void {
  kit.check({
    name: 'php-versions',
    title: 'PHP versions',
    async run({ em, agent }) {
      const rows = await versions.present(em);
      if (rows.length === 0 && (await agent('agent.info', {})).simulated)
        return { state: 'ok', message: 'Nothing to look at on a simulated host.' };
      if (rows.length === 0)
        return {
          state: 'fail',
          message: 'No PHP-FPM was found on this server.',
          fix: 'Install php-fpm, then run: tenpanel php refresh',
        };
      const old = rows
        .map((row) => row.version)
        .filter((version) => endOfLife(version, kit.now()).badge === 'endOfLife');
      const list = rows.map((row) => row.version).join(', ');
      if (old.length === 0) return { state: 'ok', message: list };
      return {
        state: 'warn',
        message: `${list}; no security fixes any more for ${old.join(', ')}`,
        fix: 'Move the sites on these versions to a newer one.',
      };
    },
    repair: async ({ agent }) => {
      await versions.refresh(agent);
      return 'Looked at the host again.';
    },
  });
}
