import type { MigrationStep } from '@tenpanel/sdk';

export const settingsMigrations: MigrationStep[] = [
  {
    name: '0003_settings',
    up: [
      `create table settings (
        owner text not null,
        key text not null,
        value jsonb not null,
        updated_at timestamptz not null default now(),
        primary key (owner, key)
      )`,
    ],
  },
];
