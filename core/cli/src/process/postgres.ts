import { startEmbeddedPostgres } from '@tenpanel/kernel/postgres/start-embedded-postgres';
import { createLog } from '@tenpanel/kernel/boot/create-log';
import { layout } from '../layout/layout.js';
import { findProgram } from '../system/find-program.js';
import { runProgram } from '../system/run-program.js';

/** The unit tenpanel-postgres: the panel's own database in the foreground, already with the panel's uid. */
async function main(): Promise<void> {
  const here = layout({ uid: 0 });
  const log = createLog('tenpanel-postgres');
  const database = await startEmbeddedPostgres({
    dataDir: here.databaseDir,
    socketDir: here.databaseSocketDir,
    uid: null,
    gid: null,
    log,
  });
  const notifySocket = process.env['NOTIFY_SOCKET'];
  const notify = findProgram('systemd-notify');
  if (notifySocket && notify) await runProgram(notify, ['--ready'], { env: { NOTIFY_SOCKET: notifySocket } });
  const alive = setInterval(() => undefined, 60_000);
  const stop = () => {
    clearInterval(alive);
    void database.stop().then(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

await main();
