import type { MigrationStep } from '@tenpanel/sdk';

/**
 * When each object is looked at next. `wake` counts wake-ups, so that one that comes while the object is worked on is
 * not lost; `applied` lists the services that may hold files of the object.
 */
export const reconcileMigrations: MigrationStep[] = [
  {
    name: '0007_reconcile_queue',
    up: [
      `create table reconcile_queue (
        kind text not null,
        object_id integer not null,
        due_at timestamptz not null default now(),
        wake bigint not null default 1,
        attempt integer not null default 0,
        leased_until timestamptz,
        lease uuid,
        applied jsonb not null default '[]',
        primary key (kind, object_id)
      )`,
      'create index reconcile_queue_due on reconcile_queue (kind, due_at)',
    ],
  },
  {
    name: '0012_reconcile_overwrite',
    up: ['alter table reconcile_queue add column overwrite boolean not null default false'],
  },
  {
    name: '0013_reconcile_leases',
    up: ['create index reconcile_queue_leased on reconcile_queue (lease) where lease is not null'],
  },
];
