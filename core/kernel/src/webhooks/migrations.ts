import type { MigrationStep } from '@tenpanel/sdk';

export const webhookMigrations: MigrationStep[] = [
  {
    name: '0008_webhooks',
    up: [
      `create table webhook_endpoints (
        id integer generated always as identity primary key,
        tenant_id integer not null references tenants (id),
        url text not null,
        secret text not null,
        events jsonb not null,
        enabled boolean not null default true,
        created_at timestamptz not null default now()
      )`,
      'create index webhook_endpoints_tenant on webhook_endpoints (tenant_id)',
      `create table webhook_deliveries (
        id bigint generated always as identity primary key,
        endpoint_id integer not null references webhook_endpoints (id) on delete cascade,
        tenant_id integer not null,
        delivery text not null,
        event text not null,
        attempt integer not null,
        status integer,
        error text,
        milliseconds integer not null,
        at timestamptz not null default now()
      )`,
      'create index webhook_deliveries_endpoint on webhook_deliveries (endpoint_id, id desc)',
      'create index webhook_deliveries_at on webhook_deliveries (at)',
    ],
  },
];
