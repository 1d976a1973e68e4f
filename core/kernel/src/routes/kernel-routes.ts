import type { Kernel, Registry } from '../contracts.js';

/** The kernel's own routes; push them to `kernel.registry.routes` before `createApp`. */
export function kernelRoutes(kernel: Kernel): Registry['routes'] {
  void kernel;
  return [];
}
