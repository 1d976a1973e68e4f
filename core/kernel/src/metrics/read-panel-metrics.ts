import type { MetricSpec } from '@tenpanel/sdk';
import type { Kernel } from '../contracts.js';

export interface PanelMetric {
  name: string;
  help: string;
  type: 'gauge' | 'counter';
  labels: string[];
  samples: { labels: Record<string, string>; value: number }[];
}

/** Ask every registered metric; one that throws is left out and logged, the others are shown. */
export async function readPanelMetrics(kernel: Kernel): Promise<PanelMetric[]> {
  const found: PanelMetric[] = [];
  const names = new Set<string>();
  for (const { owner, spec } of kernel.registry.metrics) {
    if (names.has(spec.name)) continue;
    names.add(spec.name);
    try {
      found.push(await read(kernel, spec));
    } catch (error) {
      kernel.log.warn({ err: error, plugin: owner, metric: spec.name }, 'a metric could not be read');
    }
  }
  return found;
}

async function read(kernel: Kernel, spec: MetricSpec): Promise<PanelMetric> {
  const samples = await kernel.db.read('/', (em) => spec.collect(em));
  return {
    name: spec.name,
    help: spec.help,
    type: spec.type,
    labels: spec.labels ?? [],
    samples: samples.map(({ labels, value }) => ({ labels: labels ?? {}, value })),
  };
}
