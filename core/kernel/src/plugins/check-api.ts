import type { RouteSpec } from '@tenpanel/sdk';
import type { Registry } from '../contracts.js';
import { commandName } from '../http/openapi/command-name.js';
import { componentIds } from '../http/openapi/component-ids.js';
import { openApiDocument } from '../http/openapi/open-api-document.js';
import { operationId } from '../http/openapi/operation-id.js';
import { reservedNouns } from './reserved-nouns.js';
import { words } from './words.js';

type Routes = Registry['routes'];

/**
 * What a plugin's routes would break for everybody in the API document and on the command line: a name of a schema, of
 * an operation or of a command that another route has, and what cannot be described at all. The first problem, or null.
 */
export function checkApi(owner: string, specs: readonly RouteSpec[], others: Routes): string | null {
  if (specs.length === 0) return null;
  return (
    checkComponents(specs, others) ??
    checkOperations(specs, others) ??
    checkCommands(owner, specs, others) ??
    checkDocument(owner, specs)
  );
}

function checkComponents(specs: readonly RouteSpec[], others: Routes): string | null {
  const taken = new Map<string, { schema: unknown; owner: string }>();
  for (const { owner, spec } of others)
    for (const [id, schema] of componentIds(spec)) taken.set(id, { schema, owner });
  for (const spec of specs) {
    for (const [id, schema] of componentIds(spec)) {
      const other = taken.get(id);
      if (other && other.schema !== schema)
        return `It names a schema "${id}" (.meta({ id })), as ${other.owner} does already. Choose another id.`;
    }
  }
  return null;
}

function checkOperations(specs: readonly RouteSpec[], others: Routes): string | null {
  const taken = new Map(others.map((one) => [operationId(one.spec), one]));
  for (const spec of specs) {
    const other = taken.get(operationId(spec));
    if (other) {
      return (
        `The route ${spec.method} ${spec.path} cannot be told from ${other.spec.method} ${other.spec.path} of ` +
        `${other.owner} in the API document. Choose another path.`
      );
    }
    taken.set(operationId(spec), { owner: 'this plugin', spec });
  }
  return null;
}

function checkCommands(owner: string, specs: readonly RouteSpec[], others: Routes): string | null {
  const all = [...others.map(({ spec }) => spec), ...specs];
  const taken = new Map<string, string>();
  for (const one of [...others, ...specs.map((spec) => ({ owner: 'this plugin', spec }))]) {
    const command = commandName(one.spec, all);
    if (!command) continue;
    const mine = specs.includes(one.spec);
    const name = `${command.noun} ${command.verb}`;
    const route = `The route ${one.spec.method} ${one.spec.path}`;
    if (mine && !/^[a-z][a-z0-9-]* [a-z][a-z0-9-]*$/.test(name))
      return `${route} has the command "${name}". A command is two words of lower-case letters, digits and dashes.`;
    if (mine && reservedNouns.has(command.noun))
      return `${route} has the command "${name}", but "tenpanel ${command.noun}" is the panel's own. Choose another noun.`;
    const other = taken.get(name);
    // A new path may also give a route that was there before the command that another one has.
    if (other)
      return `With ${owner} the command "tenpanel ${name}" would stand for two routes, of ${other} and of ${one.owner}. Name the command of its route.`;
    taken.set(name, one.owner);
  }
  return null;
}

function checkDocument(owner: string, specs: readonly RouteSpec[]): string | null {
  try {
    openApiDocument(
      { publicUrl: 'https://panel.invalid' },
      specs.map((spec) => ({ owner, spec, twin: null })),
    );
    return null;
  } catch (error) {
    return `Its routes cannot be described in the API document: ${words(error)}`;
  }
}
