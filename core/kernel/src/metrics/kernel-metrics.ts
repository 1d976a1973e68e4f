import { query, type MetricSpec } from '@tenpanel/sdk';

type Sql = { label: string | null; value: string | number };

/** One query whose rows are the samples. */
function counted(name: string, help: string, label: string | null, text: string): MetricSpec {
  return {
    name,
    help,
    type: 'gauge',
    ...(label ? { labels: [label] } : {}),
    collect: async (em) => {
      const rows = await query<Sql>(em, text);
      return rows.map((row) => ({
        ...(label ? { labels: { [label]: row.label ?? '' } } : {}),
        value: Number(row.value),
      }));
    },
  };
}

/** What the kernel itself counts. */
export const kernelMetrics: readonly MetricSpec[] = [
  counted(
    'users',
    'People who can sign in, by role.',
    'role',
    'select role as label, count(*) as value from kernel.users where disabled_at is null group by role',
  ),
  counted(
    'tenants',
    'Tenants, by kind.',
    'kind',
    'select kind as label, count(*) as value from kernel.tenants group by kind',
  ),
  counted(
    'sessions',
    'Sessions that have not ended.',
    null,
    'select null as label, count(*) as value from kernel.sessions where revoked_at is null and expires_at > now()',
  ),
  counted(
    'jobs',
    'Jobs of the last 30 days, by state.',
    'state',
    'select state as label, count(*) as value from kernel.jobs group by state',
  ),
  counted(
    'outbox_waiting',
    'Facts that no worker has taken yet.',
    null,
    'select null as label, count(*) as value from kernel.outbox where not dispatched',
  ),
  counted(
    'outbox_poisoned',
    'Deliveries that were given up.',
    null,
    "select null as label, count(*) as value from kernel.outbox_deliveries where state = 'poisoned'",
  ),
  counted(
    'reconcile_due',
    'Objects that wait for the reconciler.',
    'kind',
    'select kind as label, count(*) as value from kernel.reconcile_queue where due_at <= now() group by kind',
  ),
];
