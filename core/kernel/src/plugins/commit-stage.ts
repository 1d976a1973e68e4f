import type { Kernel } from '../contracts.js';
import type { Candidate } from './candidate.js';
import type { Capabilities } from './capabilities.js';
import type { Staged } from './staged.js';

/** Put what a plugin has registered into the registry. The rooms that run it get its agent from `agentFor(owner)`. */
export function commitStage(
  kernel: Kernel,
  capabilities: Capabilities,
  candidate: Candidate,
  staged: Staged,
): void {
  const owner = candidate.id;
  const { registry } = kernel;
  for (const [permission, { title, roles }] of Object.entries(candidate.manifest.permissions))
    registry.permissions.set(permission, { owner, title, roles });
  for (const spec of staged.routes) registry.routes.push({ owner, spec });
  for (const spec of staged.reconcilers) registry.reconcilers.set(spec.kind, { owner, spec });
  for (const spec of staged.jobs) {
    registry.jobs.set(spec.name, { owner, spec });
    kernel.jobs.register(owner, spec);
  }
  for (const spec of staged.schedules) {
    registry.schedules.push({ owner, spec });
    kernel.jobs.schedule(owner, spec);
  }
  for (const spec of staged.limits) registry.limits.set(spec.key, { owner, spec });
  for (const spec of staged.metrics) registry.metrics.push({ owner, spec });
  for (const spec of staged.checks) registry.checks.push({ owner, spec });
  for (const { token, value } of staged.provided.values()) capabilities.provide(token, value);
  for (const { commit } of staged.taps) commit();
}
