import { registerHooks } from 'node:module';

let shared = false;

/**
 * A plugin loaded from a folder far away gets the panel's own copy of the SDK, whatever lies in its node_modules: with
 * a second copy its entities would be strangers to the ORM. It also makes a plugin without node_modules work. Lasts
 * until the process ends, as loaded modules do.
 */
export function shareSdk(): void {
  if (shared) return;
  shared = true;
  registerHooks({
    resolve(specifier, context, nextResolve) {
      if (specifier !== '@tenpanel/sdk') return nextResolve(specifier, context);
      return nextResolve(specifier, { ...context, parentURL: import.meta.url });
    },
  });
}
