import { query } from '@tenpanel/sdk';
import type { Kernel } from '../contracts.js';
import { EventStream } from '../http/event-stream.js';
import { JOB_CHANNEL } from '../jobs/job-rows.js';

interface EventRow {
  id: string;
  at: string;
  state: string;
  progress: number | null;
  message: string | null;
}

const ENDED = new Set(['succeeded', 'failed', 'cancelled']);
/** Looked at this often in any case (milliseconds): a notification may be lost with its connection. */
const EVERY = 1000;

/** The events of a job after `lastId`, those to come, and its end. */
export async function streamJob(
  kernel: Kernel,
  path: string,
  jobId: number,
  lastId: number,
  endsAt: number | null,
): Promise<EventStream> {
  const stream = new EventStream(endsAt, kernel.now());
  let last = lastId;
  let running: Promise<void> | null = null;
  let again = false;

  const look = async (): Promise<void> => {
    // The state is read before the events, so that an end is never told before the last event.
    const { state, rows } = await kernel.db.read(path, async (em) => {
      const [job] = await query<{ state: string }>(em, 'select state from kernel.jobs where id = ?', [jobId]);
      const found = await query<EventRow>(
        em,
        'select id, at, state, progress, message from kernel.job_events where job_id = ? and id > ? order by id limit 500',
        [jobId, last],
      );
      return { state: job?.state ?? 'cancelled', rows: found };
    });
    for (const row of rows) {
      last = Number(row.id);
      stream.send({
        event: 'progress',
        id: last,
        data: {
          at: new Date(row.at).toISOString(),
          jobState: row.state,
          percent: row.progress,
          message: row.message,
        },
      });
    }
    if (ENDED.has(state) && rows.length < 500) {
      stream.send({ event: 'end', data: { state } });
      stream.end();
    }
  };
  const poke = (): void => {
    if (!stream.open) return;
    if (running) {
      again = true;
      return;
    }
    running = look()
      .catch((error: unknown) => {
        kernel.log.warn({ err: error, jobId }, 'a job could not be followed');
        stream.destroy();
      })
      .finally(() => {
        running = null;
        if (again) {
          again = false;
          poke();
        }
      });
  };
  const timer = setInterval(poke, EVERY);
  stream.whenClosed(() => clearInterval(timer));
  const stop = await kernel.db.listen(JOB_CHANNEL, (text) => {
    if (text.includes(`"id":${jobId},`)) poke();
  });
  stream.whenClosed(() => void stop());
  poke();
  return stream;
}
