import type {
  CheckSpec,
  JobSpec,
  LimitSpec,
  MetricSpec,
  ReconcilerSpec,
  ResourceRow,
  RouteSpec,
  ScheduleSpec,
  Token,
} from '@tenpanel/sdk';

/**
 * What a plugin registers while `setup` runs. It reaches the registry only when `setup` has ended well, so that a
 * plugin that throws half way leaves nothing behind.
 */
export interface Staged {
  routes: RouteSpec[];
  reconcilers: ReconcilerSpec<ResourceRow>[];
  jobs: JobSpec<unknown>[];
  schedules: ScheduleSpec[];
  limits: LimitSpec[];
  metrics: MetricSpec[];
  checks: CheckSpec[];
  provided: Map<string, { token: Token<unknown>; value: unknown }>;
  taps: { hook: string; commit: () => void }[];
  starts: (() => Promise<void>)[];
  stops: (() => Promise<void>)[];
  /** Broken rules, kept even when the plugin swallows the error it got. */
  problems: string[];
  /** False once `setup` is over or given up. */
  open: boolean;
}

export function emptyStage(): Staged {
  return {
    routes: [],
    reconcilers: [],
    jobs: [],
    schedules: [],
    limits: [],
    metrics: [],
    checks: [],
    provided: new Map(),
    taps: [],
    starts: [],
    stops: [],
    problems: [],
    open: true,
  };
}
