import type { MigrationStep } from '@tenpanel/sdk';

/** A fact waits in `outbox` until a worker has made one delivery a consumer of it. */
export const outboxMigrations: MigrationStep[] = [
  {
    name: '0004_outbox',
    up: [
      `create table outbox (
        id bigint generated always as identity primary key,
        topic text not null,
        payload jsonb not null,
        at timestamptz not null default now(),
        dispatched boolean not null default false
      )`,
      'create index outbox_waiting on outbox (id) where not dispatched',
      'create index outbox_at on outbox (at) where dispatched',
      `create table outbox_deliveries (
        id bigint generated always as identity primary key,
        outbox_id bigint not null references outbox (id) on delete cascade,
        consumer text not null,
        attempt integer not null default 0,
        due_at timestamptz not null default now(),
        leased_until timestamptz,
        lease uuid,
        state text not null default 'waiting' check (state in ('waiting', 'poisoned')),
        reason text,
        unique (outbox_id, consumer)
      )`,
      `create index outbox_deliveries_due on outbox_deliveries (due_at, id) where state = 'waiting'`,
      `create index outbox_deliveries_poisoned on outbox_deliveries (id) where state = 'poisoned'`,
    ],
  },
];
