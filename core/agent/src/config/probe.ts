import { request } from 'node:http';
import { createConnection } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { AgentError, type DriverProbe } from '@tenpanel/protocol';
import type { ServiceTarget } from '../drivers/resolve.js';
import { substitute } from '../drivers/substitute.js';
import { run } from '../process/run.js';
import type { ServiceManager } from '../services/service-manager.js';

/** A reload of 10,000 TLS vhosts took 16 s where it was measured; a service that has died ends the wait at once. */
const PATIENCE_MS = 60_000;
const LOOK_MS = 300;

/**
 * Wait until the service proves that it runs the batch. Rejects with `agent.probeFailed` when it does not within a
 * minute, or when the service has stopped.
 */
export async function awaitGeneration(
  target: ServiceTarget,
  batch: number,
  services: ServiceManager,
): Promise<void> {
  const probe = target.spec.probe;
  const values = { ...target.values, generation: String(batch) };
  // By the clock that nobody sets: a jump of the other one must not end the wait.
  const begin = performance.now();
  let looked = begin;
  for (;;) {
    const answer = probe === undefined ? { ok: true, said: '' } : await ask(probe, values);
    if (answer.ok && (await survives(target, services, probe?.kind === 'http' || probe?.kind === 'call'))) {
      // The new answers; whoever asks now may still get the former, which has not been told to stop yet.
      if (probe?.kind === 'http' && probe.overlap !== undefined) await delay(probe.overlap);
      return;
    }
    // Asking the service manager costs more than the probe does: now and then is enough.
    const look = answer.ok || performance.now() - looked > LOOK_MS;
    const gone = look ? await isGone(target, services) : null;
    if (look) looked = performance.now();
    if (gone !== null)
      throw new AgentError('agent.probeFailed', `The service has stopped after the change. ${gone}`.trim());
    if (performance.now() - begin > PATIENCE_MS) {
      throw new AgentError(
        'agent.probeFailed',
        `The service did not answer with the new configuration within ${PATIENCE_MS / 1000} s. ${answer.said}`.trim(),
      );
    }
    // A tenth of the time that has passed: what reloads quickly is not kept waiting, what is slow is not disturbed.
    const pause = Math.min(500, Math.max(5, (performance.now() - begin) / 10));
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

/**
 * Wait until the service answers at all, whatever it has loaded: a signal that reaches a process which is still
 * starting would end it. Rejects with `agent.probeFailed` when it does not within `seconds`.
 */
export async function awaitAnswer(
  target: ServiceTarget,
  services: ServiceManager,
  seconds = 30,
): Promise<void> {
  const { probe } = target.spec;
  const end = performance.now() + seconds * 1000;
  for (;;) {
    const { state } = await services.status(target);
    const up =
      probe?.kind === 'http'
        ? await get(probe, { ...target.values, generation: '0' }).then(
            () => true,
            () => false,
          )
        : probe?.kind === 'connect'
          ? (await connects(substitute(probe.socket, target.values))).ok
          : state === 'running';
    if (up && state === 'running') return;
    if (state !== 'running' && state !== 'starting')
      throw new AgentError('agent.probeFailed', `The service is ${state}.`);
    if (performance.now() > end)
      throw new AgentError('agent.probeFailed', `The service did not answer within ${seconds} s.`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Without an answer that names the generation, "still up a moment later" is the best proof there is. */
async function survives(target: ServiceTarget, services: ServiceManager, proven: boolean): Promise<boolean> {
  if (proven) return true;
  await new Promise((resolve) => setTimeout(resolve, 300));
  return (await isGone(target, services)) === null;
}

async function isGone(target: ServiceTarget, services: ServiceManager): Promise<string | null> {
  const status = await services.status(target);
  return status.state === 'running' || status.state === 'starting'
    ? null
    : (status.message ?? `It is ${status.state}.`);
}

async function ask(
  probe: DriverProbe,
  values: Record<string, string>,
): Promise<{ ok: boolean; said: string }> {
  if (probe.kind === 'connect') return await connects(substitute(probe.socket, values));
  if (probe.kind === 'http') {
    const expected = substitute(probe.expect, values);
    const body = await get(probe, values).catch((error: Error) => error.message);
    return { ok: body.trim() === expected, said: `It answered: ${body.slice(0, 200)}` };
  }
  const argv = probe.call.argv.map((each) => substitute(each, values));
  const result = await run(probe.call.program, argv, { timeout: probe.call.timeout ?? 10 }).catch(
    (error: Error) => ({ stdout: error.message }),
  );
  return {
    ok: new RegExp(substitute(probe.expect, values), 'mu').test(result.stdout),
    said: result.stdout.slice(0, 200),
  };
}

function get(probe: Extract<DriverProbe, { kind: 'http' }>, values: Record<string, string>): Promise<string> {
  return new Promise((resolve, reject) => {
    const where =
      probe.socket === undefined
        ? { host: '127.0.0.1', port: probe.port }
        : { socketPath: substitute(probe.socket, values) };
    const ask = request(
      {
        ...where,
        path: substitute(probe.path, values),
        headers: { host: probe.host ?? 'localhost', connection: 'close' },
        timeout: 2000,
        agent: false,
      },
      (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (body = (body + chunk).slice(0, 65_536)));
        response.on('end', () => resolve(body));
        response.on('error', reject);
      },
    );
    ask.on('timeout', () => ask.destroy(new Error('no answer within 2 s')));
    ask.on('error', reject);
    ask.end();
  });
}

function connects(path: string): Promise<{ ok: boolean; said: string }> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    const settle = (ok: boolean, said: string): void => {
      socket.destroy();
      resolve({ ok, said });
    };
    socket.setTimeout(2000, () => settle(false, `${path} does not answer`));
    socket.once('connect', () => settle(true, ''));
    socket.once('error', (error) => settle(false, error.message));
  });
}
