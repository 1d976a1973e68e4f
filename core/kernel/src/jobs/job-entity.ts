import { defineEntity, p } from '@mikro-orm/core';

export type JobState = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled';

/** A job as people see it. Written by `Jobs` only. */
export const JobEntity = defineEntity({
  name: 'Job',
  schema: 'kernel',
  tableName: 'jobs',
  properties: {
    id: p.integer().primary(),
    tenantId: p.integer(),
    name: p.string(),
    owner: p.string(),
    key: p.string().nullable(),
    input: p.json<unknown>().hidden(),
    actor: p.json<{ kind: string; userId: number | null; name: string }>(),
    state: p.string().$type<JobState>(),
    /** 0-100, null when it cannot be told. */
    progress: p.float().nullable(),
    message: p.string().nullable(),
    result: p.json<unknown>().nullable(),
    error: p.string().nullable(),
    attempts: p.integer(),
    cancelRequested: p.boolean(),
    createdAt: p.datetime(),
    startedAt: p.datetime().nullable(),
    finishedAt: p.datetime().nullable(),
  },
});
