import type { MigrationStep } from '@tenpanel/sdk';

/** Each state a desired row has had, for undo. The app role only adds. */
export const historyMigrations: MigrationStep[] = [
  {
    name: '0006_resource_history',
    up: [
      `create table resource_history (
        id bigint generated always as identity primary key,
        kind text not null,
        object_id integer not null,
        tenant_id integer not null,
        generation integer not null,
        change text not null check (change in ('create', 'update', 'delete')),
        spec jsonb not null,
        columns jsonb not null,
        change_id uuid not null,
        actor jsonb not null,
        at timestamptz not null default now(),
        unique (kind, object_id, generation)
      )`,
      'create index resource_history_change on resource_history (change_id)',
    ],
  },
  {
    // What a transaction has touched without changing its own state: the files of a site depend on rows beside it.
    name: '0016_resource_touches',
    up: [
      `create table resource_touches (
        id bigint generated always as identity primary key,
        change_id uuid not null,
        kind text not null,
        object_ids integer[] not null
      )`,
      'create index resource_touches_change on resource_touches (change_id)',
    ],
  },
];
