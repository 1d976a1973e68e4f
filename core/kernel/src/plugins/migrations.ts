import type { MigrationStep } from '@tenpanel/sdk';

/** The kernel's own steps for the state of plugins; run by the runner together with the other rooms' steps. */
export const pluginMigrations: MigrationStep[] = [
  {
    name: '0011_plugins',
    up: [
      `create table kernel.plugins (
        id text primary key check (id ~ '^[a-z][a-z0-9]*(-[a-z0-9]+)*$'),
        enabled boolean not null,
        version text,
        state text not null default 'discovered'
          check (state in ('discovered', 'blocked', 'installed', 'running', 'failed', 'disabled', 'uninstalled')),
        reason text,
        tier text not null default 'local' check (tier in ('core', 'verified', 'community', 'local')),
        source text,
        approved_driver_sha text,
        kept_data text check (kept_data in ('kept', 'purge', 'purged')),
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now(),
        enabled_at timestamptz
      )`,
      `comment on column kernel.plugins.source is 'folder of a plugin that was loaded by path; null for one found in the plugin folders'`,
      `comment on column kernel.plugins.kept_data is 'after uninstall: kept, purge (asked for, done at the next start) or purged'`,
    ],
  },
];
