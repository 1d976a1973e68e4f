import { connectAgent } from '@tenpanel/protocol';
import type { CliContext } from '../context.js';
import { installedDrivers } from '../setup/drivers.js';
import { runOffline } from '../offline/run-offline.js';
import type { CheckResult } from './check.js';

const words = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** The panel's own processes, each asked by itself. */
export async function processChecks(context: CliContext): Promise<CheckResult[]> {
  const results = [await database(context), await agent(context), await web(context)];
  return [...results, ...(await pluginChecks(context))];
}

async function database({ layout }: CliContext): Promise<CheckResult> {
  const base = { name: 'database', title: 'Database and audit log' };
  try {
    const { version, auditRows, auditBrokenAt } = await runOffline(layout, 'check-database', {});
    if (auditBrokenAt !== null) {
      return {
        ...base,
        state: 'fail',
        message: `The audit log was changed from outside: its chain is broken at row ${auditBrokenAt}.`,
        fix: 'Find out who has written to the database.',
      };
    }
    return {
      ...base,
      state: 'ok',
      message: `PostgreSQL ${version}, ${auditRows} audit rows, chain unbroken`,
    };
  } catch (error) {
    return {
      ...base,
      state: 'fail',
      message: words(error),
      fix: 'Is the database running? "tenpanel start" or "systemctl start tenpanel-postgres" starts the embedded one.',
    };
  }
}

async function agent({ layout }: CliContext): Promise<CheckResult> {
  const base = { name: 'agent', title: 'Root agent and drivers' };
  const connection = connectAgent(layout.agentSocket);
  try {
    const info = await connection.call('agent.info', {}, { timeoutSeconds: 10 });
    const loaded = info.drivers.map(({ id }) => id);
    const refused = installedDrivers(layout.driversDir).filter((id) => !loaded.includes(id));
    if (refused.length > 0) {
      return {
        ...base,
        state: 'fail',
        message: `The agent refuses the drivers of ${refused.join(', ')}.`,
        fix: `Install them again: ${refused.map((id) => `tenpanel plugin approve ${id}`).join('; ')}`,
      };
    }
    return {
      ...base,
      state: 'ok',
      message: `version ${info.version}, services by ${info.services}, drivers: ${loaded.join(', ') || 'none'}`,
    };
  } catch (error) {
    return {
      ...base,
      state: 'fail',
      message: words(error),
      fix: 'tenpanel start, or systemctl start tenpanel-agent',
    };
  } finally {
    connection.close();
  }
}

async function web({ client }: CliContext): Promise<CheckResult> {
  const base = { name: 'web', title: 'Web process and worker' };
  try {
    const { status, body } = await client.request({ method: 'GET', path: '/healthz', timeoutMs: 10_000 });
    const message = typeof body === 'object' ? JSON.stringify(body) : String(body ?? '');
    return status === 200
      ? { ...base, state: 'ok', message: 'answers' }
      : { ...base, state: 'fail', message };
  } catch (error) {
    return { ...base, state: 'fail', message: words(error) };
  }
}

async function pluginChecks({ client }: CliContext): Promise<CheckResult[]> {
  try {
    const { status, body } = await client.request({ method: 'GET', path: '/api/plugins', timeoutMs: 10_000 });
    if (status !== 200) return [];
    const { items } = body as {
      items: { id: string; state: string; enabled: boolean; reason: string | null }[];
    };
    const bad = items.filter(({ enabled, state }) => enabled && state !== 'running');
    const base = { name: 'plugins', title: 'Plugins' };
    if (bad.length === 0)
      return [
        {
          ...base,
          state: 'ok',
          message: `${items.filter(({ state }) => state === 'running').length} running`,
        },
      ];
    return bad.map(({ id, state, reason }) => ({
      name: `plugin.${id}`,
      title: `Plugin ${id}`,
      state: state === 'failed' ? 'fail' : 'warn',
      message: `${state}: ${reason ?? 'no reason given'}`,
    }));
  } catch {
    // The line about the web process has said it.
    return [];
  }
}
