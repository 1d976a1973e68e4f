#!/usr/bin/env node
import { startAgent } from './agent.js';
import { parseOptions } from './options.js';

/** The root process. See README.md for its options. */
async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  process.umask(0o022);
  const agent = await startAgent(options);
  process.stdout.write(
    `tenpanel-agent listens on ${options.socket}${options.root === null ? '' : ` (simulated host ${options.root})`}\n`,
  );
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    void agent.stop().then(() => process.exit(0));
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on(
    'SIGHUP',
    () => void agent.reload().catch((error: Error) => process.stderr.write(`${error.message}\n`)),
  );
}

main().catch((error: unknown) => {
  process.stderr.write(`tenpanel-agent: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
