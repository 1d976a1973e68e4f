import type { MigrationStep } from '@tenpanel/sdk';

/** Files that are not as the panel wrote them, as the last look found them, and what an administrator has said about each. */
export const driftMigrations: MigrationStep[] = [
  {
    name: '0015_drift',
    up: [
      `create table drift (
        id integer generated always as identity primary key,
        driver text not null,
        root text not null,
        path text not null,
        absolute text not null unique,
        resource text not null,
        state text not null,
        current_sha256 text,
        found_at timestamptz not null,
        kept_at timestamptz,
        kept_by text
      )`,
      `create index drift_kept on drift (resource) where kept_at is not null`,
    ],
  },
];
