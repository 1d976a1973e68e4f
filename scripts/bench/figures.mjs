/** Median, 95th and 99th percentile of a list of numbers, rounded; nearest rank. */
export function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0;
  const round = (value) => Math.round(value * 10) / 10;
  return { p50: round(at(0.5)), p95: round(at(0.95)), p99: round(at(0.99)), samples: sorted.length };
}

/** Run `work(index)` for 0 to `count` - 1, `lanes` at a time. */
export async function inLanes(count, lanes, work) {
  let next = 0;
  const lane = async () => {
    for (let index = next++; index < count; index = next++) await work(index);
  };
  await Promise.all(Array.from({ length: Math.min(lanes, count) }, lane));
}

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Milliseconds that `work` took, and what it answered. */
export async function timed(work) {
  const before = performance.now();
  const result = await work();
  return { ms: performance.now() - before, result };
}
