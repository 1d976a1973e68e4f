import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Kernel } from '../contracts.js';
import { readPanelMetrics } from './read-panel-metrics.js';

const processes = new WeakMap<Kernel, Registry>();

/** All figures in the Prometheus text format: this process, then what the kernel and the plugins count. */
export async function collectMetrics(kernel: Kernel): Promise<{ text: string; contentType: string }> {
  let process = processes.get(kernel);
  if (!process) {
    process = new Registry();
    collectDefaultMetrics({ register: process, prefix: 'tenpanel_' });
    processes.set(kernel, process);
  }
  const registry = new Registry();
  for (const metric of await readPanelMetrics(kernel)) {
    // A counter's value comes from the database as a whole, so it is set, not raised.
    const gauge = new Gauge({
      name: `tenpanel_${metric.name}`,
      help: metric.help,
      labelNames: metric.labels,
      registers: [registry],
    });
    for (const sample of metric.samples) gauge.set(sample.labels, sample.value);
  }
  const own = (await registry.metrics()).replace(/^# TYPE (\S+_total) gauge$/gm, '# TYPE $1 counter');
  return { text: `${await process.metrics()}\n${own}`, contentType: process.contentType };
}
