import { readdir } from 'node:fs/promises';
import type { AgentContext } from './context.js';
import { runAsTenant, type TenantRequest } from '../tenant/run-as-tenant.js';

/** The account must be one of ours and in the uid range before a process is started for it. */
export async function asTenant<T>(account: string, request: TenantRequest, agent: AgentContext): Promise<T> {
  const info = await agent.accounts.get(account);
  const home = agent.paths.at(info.home);
  // The home is root:<account> 0710: its own entries are read by root, everything below by the customer.
  const names = request.op === 'list' && request.path === '.' ? { names: await readdir(home) } : {};
  const context = { paths: agent.paths, start: agent.startInSlice };
  return await runAsTenant<T>(info, { ...request, ...names }, context);
}
