import type { Registry } from '../contracts.js';

export function emptyRegistry(): Registry {
  return {
    routes: [],
    reconcilers: new Map(),
    jobs: new Map(),
    schedules: [],
    limits: new Map(),
    metrics: [],
    checks: [],
    permissions: new Map(),
    plugins: new Map(),
  };
}
