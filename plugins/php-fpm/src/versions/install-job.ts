import { PanelError, z, type AgentCall, type JobSpec } from '@tenpanel/sdk';
import type { Room } from '../room.js';

export const installable = ['7.4', '8.0', '8.1', '8.2', '8.3', '8.4', '8.5'] as const;

const input = z.strictObject({ version: z.enum(installable) });
export type InstallInput = z.output<typeof input>;

/** Bring a PHP version onto the server, from the extra repository where the administrator has allowed it. */
export function installJob({ kit, versions }: Room): JobSpec<InstallInput> {
  return {
    name: 'php-install',
    title: 'Install a PHP version',
    input,
    attempts: 2,
    timeoutSeconds: 1800,
    async run({ version }, { agent, progress }) {
      const set = `php${version.replace('.', '')}`;
      const extra = (await kit.settings.get('extraRepository')) === true;
      if (extra) {
        await progress(5, 'Adding the package repository');
        await agent('package.repository', {
          driver: 'php-fpm',
          repository: await repositoryOf(agent),
          enabled: true,
        });
      }
      await progress(20, `Installing PHP ${version}`);
      const onEvent = (event: unknown) => void progress(null, lineOf(event));
      await agent('package.install', { driver: 'php-fpm', set }, { onEvent, timeoutSeconds: 1500 }).catch(
        (error: unknown) => {
          if (extra) throw error;
          const why = error instanceof Error ? error.message : String(error);
          throw new PanelError(
            'php.notPackaged',
            409,
            `PHP ${version} could not be installed. If the distribution does not have it, set extraRepository to true. ${why}`,
            { version },
          );
        },
      );
      await progress(90, 'Looking at the host');
      await versions.refresh(agent);
      return { version };
    },
  };
}

async function repositoryOf(agent: AgentCall): Promise<string> {
  const { os } = await agent('agent.info', {});
  return os.id === 'ubuntu' ? 'ubuntu' : 'versions';
}

function lineOf(event: unknown): string {
  const line = typeof event === 'object' && event !== null && 'line' in event ? event.line : '';
  return typeof line === 'string' ? line.slice(0, 500) : '';
}
