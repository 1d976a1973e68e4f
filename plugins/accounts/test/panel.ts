import type { Accounts } from '@tenpanel/sdk';
import { FakeAgent, startTestPanel, type ApiClient, type TestPanel } from '@tenpanel/testing';

export interface AccountBody {
  id: number;
  name: string;
  status: string;
  generation: number;
  ownerTenantId: number;
  resellerTenantId: number | null;
  plan: { id: number; name: string };
  suspension: { reason: string } | null;
  deletion: { purgeAfter: string } | null;
  conditions: { type: string; status: string; reason: string; message: string }[];
}

export interface Problem {
  code: string;
  detail: string;
  errors?: { path: (string | number)[]; message: string }[];
}

/** A host without user quotas, as long as `supported` is false. */
function agentWithQuotas(quotas: { supported: boolean }): FakeAgent {
  const agent = new FakeAgent();
  const { call } = agent;
  const limited: typeof call = async (name, args, options) => {
    const result = await call(name, args, options);
    return name.startsWith('quota.') && !quotas.supported
      ? ({ supported: false, reason: 'ext4 is mounted without usrquota' } as typeof result)
      : result;
  };
  return Object.assign(agent, { call: limited });
}

/** A panel with only this plugin, a clock that the test moves, and quotas that it can switch off. */
export async function startAccountsPanel(): Promise<
  TestPanel & { clock: { now: number }; quotas: { supported: boolean } }
> {
  const clock = { now: Date.now() };
  const quotas = { supported: true };
  const panel = await startTestPanel({
    plugins: [new URL('..', import.meta.url)],
    now: () => clock.now,
    agent: agentWithQuotas(quotas),
  });
  return Object.assign(panel, { clock, quotas });
}

export async function makePlan(
  api: ApiClient,
  name: string,
  limits: Record<string, unknown> = {},
): Promise<number> {
  const { status, body } = await api.post<{ id: number }>('/plans', { name, limits });
  if (status !== 201) throw new Error(`plan ${name}: ${status} ${JSON.stringify(body)}`);
  return body.id;
}

/** An account of the caller's own, or with what `more` says. */
export async function makeAccount(
  api: ApiClient,
  name: string,
  plan: number,
  more: Record<string, unknown> = {},
): Promise<AccountBody> {
  const { status, body } = await api.post<{ account: AccountBody }>('/accounts', { name, plan, ...more });
  if (status !== 202) throw new Error(`account ${name}: ${status} ${JSON.stringify(body)}`);
  return body.account;
}

/** A reseller made through the API, and its user signed in. */
export async function makeReseller(
  panel: TestPanel,
  name: string,
  more: { allowance?: Record<string, unknown>; oversell?: string[] } = {},
  by: ApiClient = panel.api,
): Promise<{ id: number; api: ApiClient }> {
  const { status, body } = await by.post<{ reseller: { id: number } }>('/resellers', {
    name,
    email: `${name}@example.net`,
    ...more,
  });
  if (status !== 201) throw new Error(`reseller ${name}: ${status} ${JSON.stringify(body)}`);
  return { id: body.reseller.id, api: await panel.as('reseller', { tenantId: body.reseller.id }) };
}

export async function show(api: ApiClient, id: number): Promise<AccountBody> {
  return (await api.get<AccountBody>(`/accounts/${id}`)).body;
}

/** What other plugins get. */
export function capability(panel: TestPanel): Accounts {
  return panel.kernel.capabilities.get('accounts') as Accounts;
}
