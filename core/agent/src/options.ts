import { AgentError } from '@tenpanel/protocol';

export interface AgentOptions {
  socket: string;
  /** Manifests, journal, previous contents; 0700 of the agent's user. */
  state: string;
  drivers: string;
  /** Group of the socket (0660); null leaves the agent's own group. */
  group: string | null;
  log: string;
  /** Folder of the small supervisor's socket, where there is no systemd. */
  supervisor: string;
  /** Simulated host: every path lies below this folder and no program is run. */
  root: string | null;
}

/** Read `--socket`, `--state`, `--drivers`, `--group`, `--log`, `--supervisor`, `--root`; with `--root` the rest defaults to below it. */
export function parseOptions(argv: readonly string[]): AgentOptions {
  const given = new Map<string, string>();
  for (let index = 0; index < argv.length; index += 2) {
    const name = argv[index] ?? '';
    const value = argv[index + 1];
    if (!/^--(socket|state|drivers|group|log|supervisor|root)$/.test(name))
      throw new AgentError('agent.badRequest', `Unknown option ${name}.`);
    if (value === undefined || value === '')
      throw new AgentError('agent.badRequest', `${name} needs a value.`);
    given.set(name.slice(2), value);
  }
  const root = given.get('root') ?? null;
  const below = root === null ? '' : root.replace(/\/+$/, '');
  const options: AgentOptions = {
    socket: given.get('socket') ?? `${below}/run/tenpanel/agent.sock`,
    state: given.get('state') ?? `${below}/var/lib/tenpanel-agent`,
    drivers: given.get('drivers') ?? `${below}/etc/tenpanel/drivers.d`,
    group: given.get('group') ?? (root === null ? 'tenpanel' : null),
    log: given.get('log') ?? `${below}/var/log/tenpanel/agent.log`,
    supervisor: given.get('supervisor') ?? '/run/tenpanel-supervisor',
    root: root === null ? null : below,
  };
  for (const name of ['socket', 'state', 'drivers', 'log', 'supervisor', 'root'] as const) {
    const path = options[name];
    if (path !== null && !path.startsWith('/'))
      throw new AgentError('agent.badRequest', `--${name} must be an absolute path.`);
  }
  return options;
}
