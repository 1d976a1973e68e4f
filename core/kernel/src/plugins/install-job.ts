import { z, type JobSpec } from '@tenpanel/sdk';
import type { PluginManager } from './plugin-manager.js';

const input = z.strictObject({ id: z.string() });

/** Install the system packages of a plugin, then enable it. The package manager's lines are the progress. */
export function installJob(manager: PluginManager): JobSpec<z.infer<typeof input>> {
  return {
    name: 'plugin.install',
    title: 'Install a plugin',
    input,
    attempts: 2,
    timeoutSeconds: 1800,
    async run({ id }, ctx) {
      const sets = manager.packagesOf(id);
      for (const [index, set] of sets.entries()) {
        await ctx.progress((index / sets.length) * 100, `Installing system packages: ${set}`);
        const lines: string[] = [];
        const { installed } = await ctx.agent(
          'package.install',
          { driver: id, set },
          {
            signal: ctx.signal,
            timeoutSeconds: 1500,
            onEvent: (event) => {
              const line = (event as { line?: unknown } | null)?.line;
              if (typeof line === 'string') lines.push(line);
            },
          },
        );
        for (const line of lines.slice(-20)) await ctx.progress(null, line);
        await ctx.progress(
          ((index + 1) / sets.length) * 100,
          installed.length > 0 ? `Installed ${installed.join(', ')}` : `${set} is installed`,
        );
      }
      await ctx.transaction((em) => manager.enable(em, id));
      return { enabled: id };
    },
  };
}
