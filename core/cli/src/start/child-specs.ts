import { join } from 'node:path';
import type { Layout } from '../layout/layout.js';
import { nodeEnvironment, nodeFlags } from '../layout/node-options.js';
import { panelUserName, type PanelUser } from '../setup/panel-user.js';
import type { ChildSpec } from './kept-process.js';

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export function agentSpec(layout: Layout): ChildSpec {
  const argv = [
    ...nodeFlags,
    join(layout.app, 'core/agent/dist/main.js'),
    ...['--socket', layout.agentSocket, '--state', layout.agentStateDir, '--drivers', layout.driversDir],
    ...['--log', join(layout.logDir, 'agent-operations.log')],
    ...(layout.hostRoot ? ['--root', layout.hostRoot] : ['--group', panelUserName]),
  ];
  return {
    name: 'agent',
    program: layout.node,
    argv,
    env: { PATH, LANG: 'C.UTF-8', HOME: layout.preview ? layout.stateDir : '/root', ...nodeEnvironment },
    cwd: '/',
    logFile: join(layout.logDir, 'agent.log'),
    stopSeconds: 60,
  };
}

function unprivileged(layout: Layout, user: PanelUser, name: 'web' | 'worker'): ChildSpec {
  return {
    name,
    program: layout.node,
    argv: [...nodeFlags, join(layout.app, `core/kernel/dist/process/${name}.js`)],
    env: {
      PATH,
      LANG: 'C.UTF-8',
      HOME: layout.stateDir,
      ...nodeEnvironment,
      TENPANEL_CONFIG: layout.configFile,
    },
    cwd: layout.preview ? layout.stateDir : '/',
    logFile: join(layout.logDir, `${name}.log`),
    stopSeconds: 45,
    ...(layout.preview ? {} : { uid: user.uid, gid: user.gid }),
  };
}

export function workerSpec(layout: Layout, user: PanelUser): ChildSpec {
  return unprivileged(layout, user, 'worker');
}

/** Descriptor 3 is the bound address, named as systemd names passed sockets (sd_listen_fds(3)). */
export function webSpec(layout: Layout, user: PanelUser, listenFd: number | null): ChildSpec {
  const spec = unprivileged(layout, user, 'web');
  if (listenFd === null) return spec;
  return {
    ...spec,
    listenFd,
    env: { ...spec.env, LISTEN_FDS: '1', LISTEN_FDNAMES: 'https', TENPANEL_LISTEN_FD: '3' },
  };
}
