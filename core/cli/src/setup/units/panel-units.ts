import { join } from 'node:path';
import type { Layout } from '../../layout/layout.js';
import { nodeEnvironment, nodeFlags } from '../../layout/node-options.js';
import { panelUserName } from '../panel-user.js';
import { privileged, unprivileged } from './hardening.js';
import { execArgument, unitText } from './unit-text.js';

export interface UnitOptions {
  layout: Layout;
  /** The panel's own PostgreSQL; false when one was given by URL. */
  embeddedDatabase: boolean;
  /** `host:port` of the https listener, as ListenStream takes it. */
  listen: string;
}

/** Unit and tmpfiles contents by absolute path. */
export function panelUnits(options: UnitOptions): Map<string, string> {
  const { layout, embeddedDatabase } = options;
  const units: Record<string, string> = {
    'tenpanel.target': target(embeddedDatabase),
    'tenpanel-agent.service': agent(layout),
    'tenpanel-web.socket': socket(options.listen),
    'tenpanel-web.service': web(layout, embeddedDatabase),
    'tenpanel-worker.service': worker(layout, embeddedDatabase),
    ...(embeddedDatabase ? { 'tenpanel-postgres.service': postgres(layout) } : {}),
  };
  const files = new Map(Object.entries(units).map(([name, text]) => [`/etc/systemd/system/${name}`, text]));
  files.set(
    '/etc/tmpfiles.d/tenpanel.conf',
    `# The sticky bit keeps the agent's socket out of the panel's reach.\nd ${layout.runDir} 1770 root ${panelUserName} -\n`,
  );
  return files;
}

const command = (...argv: string[]) => argv.map(execArgument).join(' ');
const environment = Object.entries(nodeEnvironment).map(([name, value]) => `${name}=${value}`);
const database = (embedded: boolean) => (embedded ? ['tenpanel-postgres.service'] : []);

function target(embedded: boolean): string {
  const parts = [
    'tenpanel-agent.service',
    'tenpanel-worker.service',
    'tenpanel-web.service',
    'tenpanel-web.socket',
    ...database(embedded),
  ];
  return unitText({
    Unit: {
      Description: '10panel',
      Documentation: 'https://localhost:8443/docs',
      Wants: parts.join(' '),
      After: parts.join(' '),
    },
    Install: { WantedBy: 'multi-user.target' },
  });
}

const restarting = {
  Restart: 'always',
  RestartSec: '500ms',
  RestartForceExitStatus: '75',
  SuccessExitStatus: '75',
} as const;

function unprivilegedService(
  layout: Layout,
  name: 'web' | 'worker',
  embedded: boolean,
  more: Record<string, string>,
) {
  const processes = join(layout.app, 'core/kernel/dist/process');
  const after = ['network.target', 'tenpanel-agent.service', ...database(embedded)].join(' ');
  return {
    Unit: {
      Description: `10panel ${name}`,
      PartOf: 'tenpanel.target',
      After: after,
      ...(embedded ? { Wants: 'tenpanel-postgres.service' } : {}),
      StartLimitIntervalSec: '0',
    },
    Service: {
      Type: 'exec',
      User: panelUserName,
      Group: panelUserName,
      WorkingDirectory: layout.stateDir,
      Environment: [...environment, `TENPANEL_CONFIG=${layout.configFile}`],
      ExecStart: command(layout.node, ...nodeFlags, join(processes, `${name}.js`)),
      ExecStopPost: `-${command(layout.node, join(processes, 'after-stop.js'), name)}`,
      ...restarting,
      TimeoutStopSec: '45',
      ReadWritePaths: `${layout.stateDir} ${layout.runDir}`,
      // Netlink: os.networkInterfaces() asks for the addresses that the self-signed certificate names.
      RestrictAddressFamilies: 'AF_UNIX AF_INET AF_INET6 AF_NETLINK',
      ...unprivileged,
      ...more,
    },
  };
}

function web(layout: Layout, embedded: boolean): string {
  const unit = unprivilegedService(layout, 'web', embedded, {});
  return unitText({
    ...unit,
    Unit: { ...unit.Unit, Requires: 'tenpanel-web.socket' },
    Service: { ...unit.Service, Sockets: 'tenpanel-web.socket' },
  });
}

function worker(layout: Layout, embedded: boolean): string {
  return unitText(
    unprivilegedService(layout, 'worker', embedded, {
      OOMScoreAdjust: '-200',
    }),
  );
}

/** systemd keeps the address open while the web process restarts: connections wait, none is refused. */
function socket(listen: string): string {
  return unitText({
    Unit: { Description: '10panel https listener', PartOf: 'tenpanel.target' },
    Socket: {
      ListenStream: listen,
      FileDescriptorName: 'https',
      Backlog: '1024',
      NoDelay: 'yes',
      Service: 'tenpanel-web.service',
    },
    Install: { WantedBy: 'sockets.target' },
  });
}

function agent(layout: Layout): string {
  const argv = [
    layout.node,
    ...nodeFlags,
    join(layout.app, 'core/agent/dist/main.js'),
    ...[
      '--socket',
      layout.agentSocket,
      '--state',
      layout.agentStateDir,
      '--drivers',
      layout.driversDir,
      '--group',
      panelUserName,
    ],
    ...['--log', join(layout.logDir, 'agent.log')],
  ];
  return unitText({
    Unit: {
      Description: '10panel root agent',
      PartOf: 'tenpanel.target',
      After: 'network.target systemd-tmpfiles-setup.service',
      StartLimitIntervalSec: '0',
    },
    Service: {
      Type: 'exec',
      WorkingDirectory: '/',
      Environment: environment,
      ExecStart: command(...argv),
      ...restarting,
      TimeoutStopSec: '60',
      // The agent hands out slices below tenpanel.slice; its own children must not be swept up with it.
      KillMode: 'mixed',
      OOMScoreAdjust: '-500',
      ...privileged,
    },
  });
}

function postgres(layout: Layout): string {
  return unitText({
    Unit: { Description: '10panel database', PartOf: 'tenpanel.target', StartLimitIntervalSec: '0' },
    Service: {
      Type: 'notify',
      NotifyAccess: 'all',
      User: panelUserName,
      Group: panelUserName,
      WorkingDirectory: layout.stateDir,
      Environment: `TENPANEL_CONFIG=${layout.configFile}`,
      ExecStart: command(layout.node, join(layout.app, 'core/cli/dist/process/postgres.js')),
      ...restarting,
      TimeoutStartSec: '300',
      TimeoutStopSec: '60',
      KillMode: 'mixed',
      OOMScoreAdjust: '-600',
      ReadWritePaths: `${layout.stateDir} ${layout.runDir}`,
      RestrictAddressFamilies: 'AF_UNIX',
      PrivateNetwork: 'yes',
      ...unprivileged,
      RemoveIPC: 'no',
    },
  });
}
