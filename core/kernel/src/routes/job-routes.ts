import type { InferEntity } from '@mikro-orm/core';
import { idParam, NotFound, pageOf, pageQuery, query, z, type RouteSpec } from '@tenpanel/sdk';
import type { Kernel } from '../contracts.js';
import { JobEntity } from '../jobs/job-entity.js';
import { httpOf } from '../http/http-access.js';
import { streamEnd } from '../http/stream-end.js';
import { defineRoute } from './define-route.js';
import { streamJob } from './stream-job.js';

type Job = InferEntity<typeof JobEntity>;

const params = z.strictObject({ id: idParam });
const state = z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled']);

const jobReply = z
  .strictObject({
    id: z.number().int(),
    name: z.string(),
    title: z.string(),
    owner: z.string(),
    key: z.string().nullable(),
    state,
    percent: z.number().nullable(),
    message: z.string().nullable(),
    error: z.string().nullable(),
    attempts: z.number().int(),
    cancelRequested: z.boolean(),
    startedBy: z.string(),
    createdAt: z.string(),
    startedAt: z.string().nullable(),
    finishedAt: z.string().nullable(),
  })
  .meta({ id: 'Job' });

/** Work that has an end: backups, imports, installations. */
export function jobRoutes(kernel: Kernel): RouteSpec[] {
  const show = (job: Job): z.output<typeof jobReply> => ({
    id: job.id,
    name: job.name,
    title: kernel.registry.jobs.get(job.name)?.spec.title ?? job.name,
    owner: job.owner,
    key: job.key ?? null,
    state: job.state,
    percent: job.progress ?? null,
    message: job.message ?? null,
    error: job.error ?? null,
    attempts: job.attempts,
    cancelRequested: job.cancelRequested,
    startedBy: job.actor.name,
    createdAt: job.createdAt.toISOString(),
    startedAt: job.startedAt?.toISOString() ?? null,
    finishedAt: job.finishedAt?.toISOString() ?? null,
  });

  return [
    defineRoute({
      method: 'GET',
      path: '/jobs',
      permission: 'job.read',
      summary: 'List jobs, newest first',
      query: z.strictObject({
        ...pageQuery,
        sort: z.enum(['id', '-id']).default('-id'),
        state: state.optional(),
        name: z.string().max(120).optional(),
      }),
      reply: pageOf(jobReply),
      handler: (ctx) => {
        const where: Record<string, unknown> = {};
        if (ctx.query.state !== undefined) where['state'] = ctx.query.state;
        if (ctx.query.name !== undefined) where['name'] = ctx.query.name;
        return ctx.page<Job, z.output<typeof jobReply>>(JobEntity, where, { query: ctx.query, map: show });
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/jobs/{id}',
      permission: 'job.read',
      summary: 'Show a job',
      params,
      reply: jobReply,
      handler: async (ctx) => {
        const job = await ctx.em.findOne(JobEntity, { id: ctx.params.id });
        if (!job) throw new NotFound('job');
        return show(job);
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/jobs/{id}/cancel',
      permission: 'job.write',
      summary: 'Cancel a job; what it has done so far stays',
      preview: false,
      params,
      status: 202,
      reply: jobReply,
      handler: async (ctx) => {
        const job = await ctx.em.findOne(JobEntity, { id: ctx.params.id });
        if (!job) throw new NotFound('job');
        await kernel.jobs.cancel(ctx.em as never, String(job.id));
        ctx.audit({ object: `job/${job.id}`, details: { name: job.name } });
        await ctx.em.refresh(job);
        return ctx.reply(202, show(job));
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/jobs/{id}/events',
      permission: 'job.read',
      summary: 'Follow a job: server-sent events `progress`, then `end`',
      description: 'Send the last id you saw as `Last-Event-ID` to go on where you were.',
      params,
      produces: 'text/event-stream',
      transaction: false,
      command: { noun: 'jobs', verb: 'follow' },
      handler: async (ctx) => {
        const { id } = ctx.params;
        const found = await kernel.db.read(ctx.actor.path, (em) =>
          query(em, 'select id from kernel.jobs where id = ?', [id]),
        );
        if (found.length === 0) throw new NotFound('job');
        const http = httpOf(ctx);
        const last = Number(http.request.headers['last-event-id'] ?? 0);
        const stream = await streamJob(
          kernel,
          ctx.actor.path,
          id,
          Number.isSafeInteger(last) ? last : 0,
          streamEnd(http.authenticated, ctx.now),
        );
        return ctx.reply(200, stream as never);
      },
    }),
  ];
}
