import type { MigrationStep } from '@tenpanel/sdk';

/** What people see of jobs; the queue itself is pg-boss's own schema. */
export const jobMigrations: MigrationStep[] = [
  {
    name: '0005_jobs',
    up: [
      `create table jobs (
        id integer generated always as identity primary key,
        tenant_id integer not null,
        name text not null,
        owner text not null,
        key text,
        input jsonb not null,
        actor jsonb not null,
        state text not null default 'queued' check (state in ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
        progress real,
        message text,
        result jsonb,
        error text,
        attempts integer not null default 0,
        cancel_requested boolean not null default false,
        queue_id uuid not null,
        created_at timestamptz not null default now(),
        started_at timestamptz,
        finished_at timestamptz
      )`,
      'create index jobs_tenant on jobs (tenant_id, id desc)',
      'create index jobs_finished on jobs (finished_at)',
      'create index jobs_open on jobs (queue_id) where finished_at is null',
      `create table job_events (
        id bigint generated always as identity primary key,
        job_id integer not null references jobs (id) on delete cascade,
        tenant_id integer not null,
        at timestamptz not null default now(),
        state text not null,
        progress real,
        message text
      )`,
      'create index job_events_job on job_events (job_id, id)',
      `create table schedules (
        name text primary key,
        owner text not null,
        started_at timestamptz,
        finished_at timestamptz,
        error text
      )`,
    ],
  },
  {
    name: '0014_job_lease',
    up: ['alter table jobs add column lease uuid'],
  },
];
