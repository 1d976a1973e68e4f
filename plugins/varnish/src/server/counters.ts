export interface Counters {
  hits: number;
  misses: number;
  passes: number;
  objects: number;
  memoryUsedBytes: number;
  memoryFreeBytes: number;
  backendFailures: number;
  evicted: number;
  uptimeSeconds: number;
}

/** Read `varnishstat -1 -j` of Varnish 6.5 or newer (https://varnish-cache.org/docs/trunk/reference/varnishstat.html). */
export function parseCounters(text: string): Counters {
  // A simulated host runs no program, so nothing is counted there.
  const json: unknown = text === '' ? {} : JSON.parse(text);
  const all = (json as { counters?: Record<string, { value?: number }> }).counters ?? {};
  const value = (name: string) => all[name]?.value ?? 0;
  return {
    hits: value('MAIN.cache_hit'),
    misses: value('MAIN.cache_miss'),
    passes: value('MAIN.s_pass'),
    objects: value('MAIN.n_object'),
    memoryUsedBytes: value('SMA.s0.g_bytes'),
    memoryFreeBytes: value('SMA.s0.g_space'),
    backendFailures: value('MAIN.backend_fail'),
    evicted: value('MAIN.n_lru_nuked'),
    uptimeSeconds: value('MAIN.uptime'),
  };
}
