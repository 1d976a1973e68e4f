import { realpath, stat } from 'node:fs/promises';
import { AgentError } from '@tenpanel/protocol';

/**
 * The first of the candidates that is installed, after making sure that only root (or the agent's own user) can
 * change it. Throws `agent.notFound` when none is there.
 */
export async function findProgram(candidates: string | readonly string[]): Promise<string> {
  const list = [candidates].flat();
  for (const candidate of list) {
    if (!candidate.startsWith('/'))
      throw new AgentError('agent.notAllowed', `${candidate} is no absolute path.`);
    const target = await realpath(candidate).catch(() => null);
    if (target === null) continue;
    const facts = await stat(target);
    // Node itself may lie in a clone of somebody else: the agent already runs that very file.
    if (candidate === process.execPath) return candidate;
    const ours = facts.uid === 0 || facts.uid === process.geteuid?.();
    if (!facts.isFile() || !ours || (facts.mode & 0o002) !== 0) {
      throw new AgentError(
        'agent.notAllowed',
        `${candidate} can be changed by others than root, so it is not run.`,
      );
    }
    // The name as written stays: multi-call programs such as php-fpm alternatives look at it.
    return candidate;
  }
  throw new AgentError('agent.notFound', `None of these programs is installed: ${list.join(', ')}.`);
}
