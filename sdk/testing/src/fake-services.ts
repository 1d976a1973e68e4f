import type { ServiceRef, ServiceStatus } from '@tenpanel/protocol';
import { AgentError } from '@tenpanel/protocol/agent-error';
import { driverOf, entryOf, matchWhole } from './fake-driver.js';
import type { FakeState, Handlers } from './fake-state.js';

type ServiceOperation =
  `service.${'status' | 'start' | 'stop' | 'restart' | 'reload' | 'enable' | 'disable'}`;

/** Services that start and stop at once. */
export function serviceHandlers(state: FakeState): Handlers<ServiceOperation> {
  let pid = 1000;
  const change = (ref: ServiceRef, patch: Partial<ServiceStatus>): ServiceStatus => {
    const status = { ...statusOf(state, ref), ...patch };
    if (status.state !== 'running') status.pid = null;
    else status.pid ??= ++pid;
    state.services.set(serviceKey(ref), status);
    return { ...status };
  };
  return {
    'service.status': (ref) => ({ ...statusOf(state, ref) }),
    'service.start': (ref) => change(ref, { state: 'running' }),
    'service.stop': (ref) => change(ref, { state: 'stopped' }),
    'service.restart': (ref) => change(ref, { state: 'running', pid: null }),
    'service.reload': (ref) => {
      const status = statusOf(state, ref);
      if (status.state !== 'running')
        throw new AgentError(
          'agent.serviceFailed',
          `${serviceKey(ref)} does not run, so it cannot take a new configuration.`,
        );
      return { ...status };
    },
    'service.enable': ({ account: _account, ...ref }) => change(ref, { state: 'running', enabled: true }),
    'service.disable': (ref) => change(ref, { state: 'stopped', enabled: false }),
  };
}

/** The driver must name the service, and the instance must have its form. */
export function checkService(state: FakeState, ref: ServiceRef): void {
  const service = entryOf(driverOf(state, ref.driver).services, ref.service, 'service');
  if (service.instancePattern === undefined) {
    if (ref.instance !== undefined)
      throw new AgentError('agent.notAllowed', `The service ${ref.service} has no instances.`);
  } else if (ref.instance === undefined || !matchWhole(service.instancePattern, ref.instance)) {
    throw new AgentError(
      'agent.notAllowed',
      `The service ${ref.service} needs an instance of the form ${service.instancePattern}.`,
    );
  }
}

export function serviceKey({ driver, service, instance }: ServiceRef): string {
  return instance === undefined ? `${driver}/${service}` : `${driver}/${service}@${instance}`;
}

function statusOf(state: FakeState, ref: ServiceRef): ServiceStatus {
  checkService(state, ref);
  return (
    state.services.get(serviceKey(ref)) ?? { state: 'stopped', enabled: false, pid: null, memoryBytes: null }
  );
}
