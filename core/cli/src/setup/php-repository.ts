import { connectAgent } from '@tenpanel/protocol';
import type { CliContext } from '../context.js';
import type { Progress } from '../start/progress.js';
import { bundledDrivers } from './bundled-plugins.js';

/** Add every package repository that the bundled drivers offer under a name of PHP. Only on request: it is somebody else's code. */
export async function addPhpRepository({ layout }: CliContext, progress: Progress): Promise<void> {
  const offers = bundledDrivers(layout).flatMap(({ plugin, driver }) =>
    Object.keys(driver.repositories).map((repository) => ({ plugin, repository })),
  );
  const agent = connectAgent(layout.agentSocket);
  try {
    for (const { plugin, repository } of offers) {
      await progress.step(`package repository ${repository}`, () =>
        agent.call(
          'package.repository',
          { driver: plugin, repository, enabled: true },
          { timeoutSeconds: 300 },
        ),
      );
    }
  } finally {
    agent.close();
  }
}
