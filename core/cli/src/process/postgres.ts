import { createLog } from '@tenpanel/kernel/boot/create-log';
import { runningPostmaster } from '@tenpanel/kernel/postgres/postmaster';
import { startEmbeddedPostgres } from '@tenpanel/kernel/postgres/start-embedded-postgres';
import { layout } from '../layout/layout.js';
import { findProgram } from '../system/find-program.js';
import { runProgram } from '../system/run-program.js';

const LOOK_MS = 500;

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
  // A server that was killed, or that gave up on a full disk: the service manager starts all of it again.
  const watch = setInterval(() => {
    void runningPostmaster(here.databaseDir).then((found) => {
      if (found || stopping) return;
      log.error('the database is gone and has to be started again');
      process.exit(1);
    });
  }, LOOK_MS);
  let stopping = false;
  const stop = () => {
    stopping = true;
    clearInterval(watch);
    void database.stop().then(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

await main();
