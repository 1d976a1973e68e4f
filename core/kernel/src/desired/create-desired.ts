import type { DesiredFactory, Registry } from '../contracts.js';

export function createDesired(options: { registry: Pick<Registry, 'reconcilers'>; now?: () => number }): DesiredFactory {
  void options;
  throw new Error('in progress');
}
