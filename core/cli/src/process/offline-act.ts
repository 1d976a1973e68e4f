import { createKernel } from '@tenpanel/kernel/boot/create-kernel';
import { loadConfig } from '@tenpanel/kernel/boot/load-config';
import type { RunningKernel } from '@tenpanel/kernel/boot/running-kernel';
import { checkDatabase } from '../offline/check-database.js';
import { disablePlugin } from '../offline/disable-plugin.js';
import type { OfflineActs, OfflineName } from '../offline/offline-acts.js';
import { prepare } from '../offline/prepare.js';
import { resetPassword } from '../offline/reset-password.js';

type Acts = {
  [N in OfflineName]: (
    kernel: RunningKernel,
    input: OfflineActs[N]['input'],
  ) => Promise<OfflineActs[N]['answer']>;
};

const acts: Acts = {
  prepare,
  'reset-password': resetPassword,
  'disable-plugin': disablePlugin,
  'check-database': checkDatabase,
};

/** The child of `runOffline`: one act, with the panel's uid, without loading any plugin that is not essential. */
async function main(): Promise<void> {
  let text = '';
  for await (const chunk of process.stdin) text += String(chunk);
  const { name, input } = JSON.parse(text) as { name: OfflineName; input: never };
  const config = { ...(await loadConfig()), safeMode: true };
  const silent = {
    debug: () => undefined,
    info: () => undefined,
    warn: () => undefined,
    error: () => undefined,
  };
  const agent = () => Promise.reject(new Error('This act does not use the agent.'));
  const kernel = await createKernel(config, { process: 'cli', log: silent, agent });
  try {
    process.stdout.write(`\n${JSON.stringify({ answer: await acts[name](kernel, input) })}\n`);
  } finally {
    await kernel.close();
  }
}

try {
  await main();
  process.exit(0);
} catch (error) {
  process.stdout.write(
    `\n${JSON.stringify({ error: error instanceof Error ? error.message : String(error) })}\n`,
  );
  process.exit(1);
}
