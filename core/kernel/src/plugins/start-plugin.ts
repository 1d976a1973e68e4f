import type { Kernel } from '../contracts.js';
import { timeLimit } from '../hooks/time-limit.js';
import type { Candidate } from './candidate.js';
import type { Capabilities } from './capabilities.js';
import { checkStage } from './check-stage.js';
import { createKit } from './create-kit.js';
import type { Definition } from './load-definition.js';
import { PluginProblem } from './plugin-problem.js';
import { emptyStage, type Staged } from './staged.js';
import { words } from './words.js';

const SETUP_LIMIT_MS = 10_000;

export interface StartParts {
  kernel: Kernel;
  capabilities: Capabilities;
  /** A running plugin asked for something it never declared. */
  onBreach(pluginId: string, reason: string): void;
  setupLimitMs?: number | undefined;
}

/** Run `setup` and check what it registered. Nothing has reached the registry yet. Throws `PluginProblem` (failed). */
export async function startPlugin(
  parts: StartParts,
  candidate: Candidate,
  definition: Definition,
): Promise<Staged> {
  const staged = emptyStage();
  const kit = createKit(parts.kernel, candidate, staged, (reason) => parts.onBreach(candidate.id, reason));
  const limit = parts.setupLimitMs ?? SETUP_LIMIT_MS;
  try {
    const deps = parts.capabilities.resolve(definition.deps ?? {});
    const setup = Promise.resolve().then(() => definition.setup(kit, deps as never));
    await timeLimit(setup, limit, () => new Error(`it took longer than ${Math.round(limit / 1000)} seconds`));
  } catch (error) {
    throw new PluginProblem('failed', staged.problems[0] ?? `Its setup failed: ${words(error)}`);
  } finally {
    staged.open = false;
  }
  const problem = checkStage(candidate.manifest, staged, parts.kernel.registry);
  if (problem) throw new PluginProblem('failed', problem);
  return staged;
}
