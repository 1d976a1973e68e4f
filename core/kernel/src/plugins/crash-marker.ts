import { join } from 'node:path';

/** Holds the id of the plugin that this process is starting; what is left behind tells who took it down. */
export function crashMarker(stateDir: string, process: string): string {
  return join(stateDir, `starting-${process}`);
}
