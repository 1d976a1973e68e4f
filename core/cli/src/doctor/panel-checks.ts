import { randomUUID } from 'node:crypto';
import type { CliContext } from '../context.js';
import type { CheckResult } from './check.js';

/** The checks that the kernel and the plugins register; with `repair` the panel mends what it can first. */
export async function panelChecks({ client }: CliContext, repair: boolean): Promise<CheckResult[]> {
  try {
    const request = repair
      ? { method: 'POST', path: '/api/checks/repair', headers: { 'idempotency-key': randomUUID() } }
      : { method: 'GET', path: '/api/checks' };
    const answer = await client.request({ ...request, timeoutMs: 120_000 });
    if (answer.status !== 200) return [];
    const { items } = answer.body as { items: (Partial<CheckResult> & { repaired?: string | null })[] };
    return items.map((item) => ({
      name: item.name ?? 'check',
      title: item.title ?? item.name ?? 'check',
      state: item.state ?? 'warn',
      message: [item.message ?? '', item.repaired ? `(repaired: ${item.repaired})` : '']
        .filter(Boolean)
        .join(' '),
      ...(item.fix ? { fix: item.fix } : {}),
    }));
  } catch {
    return [];
  }
}
