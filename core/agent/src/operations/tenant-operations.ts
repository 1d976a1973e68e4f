import { readdir } from 'node:fs/promises';
import type { OperationArgs } from '@tenpanel/protocol';
import type { TenantOperation, TenantRequest, TenantResult } from '../tenant/tenant-request.js';
import type { AgentContext } from './context.js';

/** The account must be one of ours and in the uid range before anything is asked of its process. */
export async function asTenant<N extends TenantOperation>(
  op: N,
  { account, ...request }: OperationArgs<N>,
  agent: AgentContext,
): Promise<TenantResult<N>> {
  await agent.tenants.allowed(account);
  const info = await agent.accounts.get(account);
  // The home is root:<account> 0710: its own entries are read by root, everything below by the customer.
  const names = isHome(op, request) ? { names: await readdir(agent.paths.at(info.home)) } : {};
  return await agent.tenants.ask(info, op, { ...request, ...names } as TenantRequest<N>);
}

function isHome(op: TenantOperation, request: { path?: string }): boolean {
  return op === 'tenant.list' && request.path === '.';
}
