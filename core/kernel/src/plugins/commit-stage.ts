import type { AgentCall } from '@tenpanel/sdk';
import type { Kernel } from '../contracts.js';
import type { Candidate } from './candidate.js';
import type { Capabilities } from './capabilities.js';
import { gateAgent } from './gate-agent.js';
import { gateCheck, gateJob, gateReconciler, gateRoute, gateSchedule } from './gate-specs.js';
import type { Staged } from './staged.js';

/** Put what a plugin has registered into the registry, each spec with the agent narrowed to the plugin's manifest. */
export function commitStage(
  kernel: Kernel,
  capabilities: Capabilities,
  candidate: Candidate,
  staged: Staged,
  onBreach: (reason: string) => void,
): void {
  const owner = candidate.id;
  const { registry } = kernel;
  const gate = (call: AgentCall) => gateAgent(call, candidate.manifest, onBreach);

  for (const [permission, { title, roles }] of Object.entries(candidate.manifest.permissions)) registry.permissions.set(permission, { owner, title, roles });
  for (const spec of staged.routes) registry.routes.push({ owner, spec: gateRoute(spec, gate) });
  for (const spec of staged.reconcilers) registry.reconcilers.set(spec.kind, { owner, spec: gateReconciler(spec, gate) });
  for (const spec of staged.jobs) kernel.jobs.register(owner, gateJob(spec, gate));
  for (const spec of staged.schedules) kernel.jobs.schedule(owner, gateSchedule(spec, gate));
  for (const spec of staged.limits) registry.limits.set(spec.key, { owner, spec });
  for (const spec of staged.metrics) registry.metrics.push({ owner, spec });
  for (const spec of staged.checks) registry.checks.push({ owner, spec: gateCheck(spec, gate) });
  for (const { token, value } of staged.provided.values()) capabilities.provide(token, value);
  for (const { commit } of staged.taps) commit();
}
