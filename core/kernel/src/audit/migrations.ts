import type { MigrationStep } from '@tenpanel/sdk';

/**
 * The log is written by INSERT alone; the head row serialises appends and remembers the newest link. Its trigger lets
 * it move forward by one only.
 */
export const auditMigrations: MigrationStep[] = [
  {
    name: '0002_audit',
    up: [
      `create table audit (
        id bigint primary key,
        seq bigint not null unique,
        at timestamptz not null,
        tenant_id integer not null,
        actor_kind text not null,
        actor_user integer,
        actor_name text not null,
        on_behalf_of jsonb,
        action text not null,
        object text,
        summary text,
        details jsonb,
        outcome text not null check (outcome in ('ok', 'denied', 'failed', 'intent')),
        request_id text,
        address text,
        change_id uuid,
        previous text not null,
        hash text not null
      )`,
      'create sequence audit_id_seq owned by audit.id',
      'create index audit_tenant on audit (tenant_id, id desc)',
      'create index audit_object on audit (object, id desc)',
      'create index audit_change on audit (change_id)',
      `create table audit_head (one boolean primary key default true check (one), seq bigint not null, hash text not null)`,
      `insert into audit_head (seq, hash) values (0, '')`,
      `create function audit_head_forward() returns trigger language plpgsql as $$
        begin
          if new.seq <> old.seq + 1 then raise exception 'the audit chain moves forward by one'; end if;
          return new;
        end $$`,
      'create trigger audit_head_forward before update on audit_head for each row execute function audit_head_forward()',
      `do $$ begin
        execute format('revoke update, delete, truncate on audit from %I', current_setting('app.role'));
        execute format('revoke insert, delete, truncate on audit_head from %I', current_setting('app.role'));
      end $$`,
      'alter table audit enable row level security',
      'alter table audit force row level security',
      // Whatever happened is written down, whoever did it where; only reading is a tenant's own.
      'create policy append on audit for insert with check (true)',
      `create policy tenant on audit for select using (
        (select current_setting('app.tenant', true)) = '/'
        or tenant_id in (select id from kernel.tenants where path ^@ nullif(current_setting('app.tenant', true), ''))
      )`,
    ],
  },
];
