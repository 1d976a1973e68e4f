import 'reflect-metadata';
import { container, type DependencyContainer } from 'tsyringe';
import type { Dependencies, Token } from '@tenpanel/sdk';
import { isOptional } from './check-definition.js';

/**
 * What plugins give each other: one container for the panel, one child per plugin, filled and asked by token id only.
 * A plugin never sees a container; it gets the object of its `deps`.
 */
export class Capabilities {
  readonly #root: DependencyContainer = container.createChildContainer();

  provide(token: Token<unknown>, value: unknown): void {
    this.#root.register(token.id, { useFactory: () => value });
  }

  has(capability: string): boolean {
    return this.#root.isRegistered(capability);
  }

  /** The value of a capability, or undefined while nobody provides it. */
  get(capability: string): unknown {
    return this.has(capability) ? this.#root.resolve<unknown>(capability) : undefined;
  }

  /** `deps` of one plugin. Missing optional ones are `undefined`; missing others were caught by the resolution. */
  resolve(deps: Dependencies): Record<string, unknown> {
    const child = this.#root.createChildContainer();
    return Object.fromEntries(
      Object.entries(deps).map(([name, dependency]) => {
        if (!isOptional(dependency)) return [name, child.resolve<unknown>(dependency.id)];
        return [
          name,
          child.isRegistered(dependency.token.id, true)
            ? child.resolve<unknown>(dependency.token.id)
            : undefined,
        ];
      }),
    );
  }
}
