import type { AgentCall, CheckSpec, JobSpec, ReconcilerSpec, ResourceRow, RouteSpec, ScheduleSpec } from '@tenpanel/sdk';

type Gate = (call: AgentCall) => AgentCall;

/** The same context, with the agent narrowed to what the plugin may do. */
function narrowed<C extends { agent: AgentCall }>(ctx: C, gate: Gate): C {
  const agent = gate(ctx.agent);
  return new Proxy(ctx, {
    get: (target, key) => {
      if (key === 'agent') return agent;
      const value: unknown = Reflect.get(target, key, target);
      return value;
    },
  });
}

export function gateRoute(spec: RouteSpec, gate: Gate): RouteSpec {
  return { ...spec, handler: (ctx) => spec.handler(narrowed(ctx, gate)) };
}

export function gateReconciler(spec: ReconcilerSpec<ResourceRow>, gate: Gate): ReconcilerSpec<ResourceRow> {
  const { ready, converge, remove } = spec;
  return {
    ...spec,
    ...(ready && { ready: (row, ctx) => ready.call(spec, row, narrowed(ctx, gate)) }),
    ...(converge && { converge: (row, ctx) => converge.call(spec, row, narrowed(ctx, gate)) }),
    ...(remove && { remove: (row, ctx) => remove.call(spec, row, narrowed(ctx, gate)) }),
  };
}

export function gateJob(spec: JobSpec<unknown>, gate: Gate): JobSpec<unknown> {
  return { ...spec, run: (input, ctx) => spec.run(input, narrowed(ctx, gate)) };
}

export function gateSchedule(spec: ScheduleSpec, gate: Gate): ScheduleSpec {
  return { ...spec, run: (ctx) => spec.run(narrowed(ctx, gate)) };
}

export function gateCheck(spec: CheckSpec, gate: Gate): CheckSpec {
  const { repair } = spec;
  return {
    ...spec,
    run: (ctx) => spec.run(narrowed(ctx, gate)),
    ...(repair && { repair: (ctx) => repair.call(spec, narrowed(ctx, gate)) }),
  };
}
