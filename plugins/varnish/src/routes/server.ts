import { z } from '@tenpanel/sdk';
import type { Room } from '../room.js';
import { parseCounters } from '../server/counters.js';
import { Varnish } from '../server/varnish.js';

/** The cache of the whole server. */
export function serverRoutes({ kit }: Room): void {
  kit.route({
    method: 'GET',
    path: '/cache',
    permission: 'cache.server.read',
    summary: 'Show the state of the cache server',
    tags: ['cache'],
    reply: z.strictObject({
      state: z.enum(['running', 'stopped', 'failed', 'starting', 'listening', 'missing']),
      hitRatio: z.number().nullable(),
      hits: z.number(),
      misses: z.number(),
      passes: z.number(),
      objects: z.number(),
      memoryUsedBytes: z.number(),
      memoryFreeBytes: z.number(),
      backendFailures: z.number(),
      evicted: z.number(),
      uptimeSeconds: z.number(),
    }),
    command: { noun: 'cache', verb: 'server' },
    async handler({ agent }) {
      const { state } = await agent('service.status', { driver: 'varnish', service: 'varnish' });
      const counters = parseCounters(state === 'running' ? await new Varnish(agent).run('stats') : '{}');
      const asked = counters.hits + counters.misses;
      return {
        state,
        hitRatio: asked === 0 ? null : Math.round((counters.hits / asked) * 10_000) / 10_000,
        ...counters,
      };
    },
  });
  kit.check({
    name: 'cache',
    title: 'Varnish',
    async run({ agent }) {
      if ((await agent('agent.info', {})).simulated)
        return { state: 'ok', message: 'Nothing to look at on a simulated host.' };
      const { state, message } = await agent('service.status', { driver: 'varnish', service: 'varnish' });
      if (state !== 'running')
        return {
          state: 'warn',
          message: message ?? `Varnish is ${state}; sites are served without a cache.`,
          fix: 'Run: tenpanel doctor --repair',
        };
      const { memoryUsedBytes, memoryFreeBytes, backendFailures } = parseCounters(
        await new Varnish(agent).run('stats'),
      );
      const total = memoryUsedBytes + memoryFreeBytes;
      const share = total === 0 ? 0 : Math.round((memoryUsedBytes / total) * 100);
      return {
        state: 'ok',
        message: `${share} % of its memory in use, ${backendFailures} failed fetches since its start`,
      };
    },
    async repair({ agent }) {
      await agent('service.restart', { driver: 'varnish', service: 'varnish' });
      return 'Varnish was started again.';
    },
  });
}
