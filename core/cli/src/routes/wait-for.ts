import type { ApiAnswer, ApiRequest } from '../api/client.js';
import { events } from '../api/events.js';
import type { CliContext } from '../context.js';
import { CliError } from '../errors.js';
import { ExitCode } from '../exit-codes.js';
import { plain } from '../output/plain.js';

interface Condition {
  type?: string;
  status?: string;
  message?: string;
}

interface Resource {
  id?: number;
  status?: string;
  jobId?: string;
  conditions?: Condition[];
}

const LIMIT_MS = 15 * 60_000;

/** After the held answer: follow the job it names, or look again until the resource is as wanted. */
export async function waitFor(
  answer: ApiAnswer,
  request: ApiRequest,
  context: CliContext,
): Promise<ApiAnswer> {
  const body = resourceOf(answer.body);
  if (body?.jobId) {
    await followJob(body.jobId, context);
    return answer;
  }
  if (!body || body.status === undefined) return answer;
  const place = placeOf(answer, request, body);
  const until = Date.now() + LIMIT_MS;
  let latest = answer;
  let state = body;
  while (place && state.status === 'provisioning' && Date.now() < until) {
    context.terminal.progress(reasonOf(state) ?? 'provisioning …');
    await pause(1000, context.signal);
    const again = await context.client.request({ method: 'GET', path: place, signal: context.signal });
    if (again.status !== 200) break;
    // What only the first answer holds (a generated password) must not get lost.
    latest = body === answer.body ? { ...again, status: answer.status } : answer;
    state = resourceOf(again.body) ?? state;
    if (latest === answer) Object.assign(body, again.body);
  }
  context.terminal.progress('');
  if (state.status === 'degraded') {
    throw new CliError(reasonOf(state) ?? 'The server could not be made as wanted.', ExitCode.jobFailed, [
      'The change is kept and tried again; "tenpanel doctor" and the object’s conditions tell more.',
    ]);
  }
  return latest;
}

async function followJob(jobId: string, context: CliContext): Promise<void> {
  const path = `/api/jobs/${encodeURIComponent(jobId)}`;
  for await (const event of events(context.client, `${path}/events`, context.signal)) {
    const data =
      event.data !== null && typeof event.data === 'object' ? (event.data as Record<string, unknown>) : {};
    const percent = typeof data['percent'] === 'number' ? `${data['percent']} % ` : '';
    if (typeof data['message'] === 'string') context.terminal.progress(percent + plain(data['message']));
    if (['completed', 'failed', 'cancelled', 'done', 'end'].includes(String(data['state'] ?? event.event)))
      break;
  }
  context.terminal.progress('');
  const until = Date.now() + LIMIT_MS;
  while (Date.now() < until) {
    const answer = await context.client.request({ method: 'GET', path, signal: context.signal });
    if (answer.status !== 200) return;
    const job = answer.body as {
      state?: string;
      status?: string;
      error?: string | null;
      reason?: string | null;
    };
    const state = job.state ?? job.status ?? '';
    if (['failed', 'cancelled'].includes(state)) {
      throw new CliError(plain(job.error ?? job.reason ?? `The job ended as ${state}.`), ExitCode.jobFailed, [
        `See: tenpanel jobs show ${jobId}`,
      ]);
    }
    if (!['created', 'queued', 'retry', 'active', 'running', 'waiting'].includes(state)) return;
    await pause(500, context.signal);
  }
}

function placeOf(answer: ApiAnswer, request: ApiRequest, body: Resource): string | null {
  if (typeof answer.headers.location === 'string' && answer.headers.location.startsWith('/'))
    return answer.headers.location;
  if (request.method === 'POST') return body.id === undefined ? null : `${request.path}/${body.id}`;
  return request.path;
}

function reasonOf(resource: Resource): string | null {
  const blocking = (resource.conditions ?? []).find(
    (condition) => condition.status === 'false' && condition.message,
  );
  return blocking?.message ? plain(blocking.message) : null;
}

/** The resource itself, or the one that an answer such as `{account: {...}, generatedPassword}` holds. */
function resourceOf(body: unknown): Resource | null {
  if (body === null || typeof body !== 'object' || Array.isArray(body)) return null;
  const own = body as Resource;
  if (own.status !== undefined || own.jobId) return own;
  const inner: unknown[] = Object.values(body);
  const held = inner.find(
    (value) => value !== null && typeof value === 'object' && 'id' in value && 'status' in value,
  );
  return (held as Resource | undefined) ?? own;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      'abort',
      () => (clearTimeout(timer), reject(new CliError('Interrupted.', ExitCode.interrupted))),
      { once: true },
    );
  });
}
