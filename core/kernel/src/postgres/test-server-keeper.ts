/**
 * A program, started by the test server: stops the server when no test has used it for 20 seconds. Testers hold a
 * shared advisory lock as long as they live; whoever gets the exclusive one is alone. Imports nothing of ours, because
 * Node runs this file as it is.
 */
import pg from 'pg';

const LOCK = 710_710;
const IDLE_MS = 20_000;
const pid = Number(process.argv[2]);
const connectionString = process.env['KEEPER_URL'];

let idleSince = Date.now();
for (;;) {
  const client = new pg.Client({ connectionString });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ alone: boolean }>(`select pg_try_advisory_lock(${LOCK}) as alone`);
    if (!rows[0]?.alone) idleSince = Date.now();
    else if (Date.now() - idleSince > IDLE_MS) {
      process.kill(pid, 'SIGINT');
      process.exit(0);
    }
  } catch {
    process.exit(0);
  } finally {
    await client.end().catch(() => undefined);
  }
  await new Promise((resolve) => setTimeout(resolve, 2_000));
}
