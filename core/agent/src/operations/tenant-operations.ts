import type { AgentContext } from './context.js';
import { runAsTenant, type TenantRequest } from '../tenant/run-as-tenant.js';

/** The account must be one of ours and in the uid range before a process is started for it. */
export async function asTenant<T>(account: string, request: TenantRequest, agent: AgentContext): Promise<T> {
  const info = await agent.accounts.get(account);
  return await runAsTenant<T>(info, request, { paths: agent.paths, start: agent.startInSlice });
}
