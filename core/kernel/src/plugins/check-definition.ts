import type { Dependency, EntitySchema, Manifest, OptionalToken } from '@tenpanel/sdk';
import semver from 'semver';
import { schemaOf } from '../db/migrate.js';
import type { Candidate } from './candidate.js';
import type { Definition } from './load-definition.js';
import { PluginProblem } from './plugin-problem.js';

/** Does the module keep what the manifest promises? Throws `PluginProblem` (failed) with the first broken promise. */
export function checkDefinition(candidate: Candidate, definition: Definition): void {
  const { manifest } = candidate;
  if (definition.id !== manifest.id) {
    throw new PluginProblem(
      'failed',
      `Its manifest says id "${manifest.id}", its code says "${definition.id}". Make both the same.`,
    );
  }
  for (const dependency of Object.values(definition.deps ?? {})) checkDependency(manifest, dependency);
  checkMigrations(definition);
  for (const entity of definition.entities ?? []) checkEntity(manifest.id, entity);
}

export function isOptional(dependency: Dependency): dependency is OptionalToken<unknown> {
  return 'optional' in dependency;
}

function checkDependency(manifest: Manifest, dependency: Dependency): void {
  const token = isOptional(dependency) ? dependency.token : dependency;
  const place = isOptional(dependency) ? 'optional' : 'requires';
  const range = manifest[place][token.id];
  if (range === undefined) {
    throw new PluginProblem(
      'failed',
      `Its code uses ${token.id}, which the manifest does not name in "${place}".`,
    );
  }
  if (!semver.satisfies(token.version, range)) {
    throw new PluginProblem(
      'failed',
      `Its code was built for ${token.id} ${token.version}; its manifest asks for ${range}.`,
    );
  }
}

function checkMigrations(definition: Definition): void {
  const names = new Set<string>();
  for (const { name } of definition.migrations ?? []) {
    if (!/^\d{4}_[a-z0-9_]{1,60}$/.test(name))
      throw new PluginProblem('failed', `The migration "${name}" must be named like 0001_create_things.`);
    if (names.has(name)) throw new PluginProblem('failed', `Two migrations are named "${name}".`);
    names.add(name);
  }
  if ((definition.entities?.length ?? 0) > 0 && names.size === 0) {
    throw new PluginProblem('failed', 'It has entities but no migration that creates their tables.');
  }
}

function checkEntity(pluginId: string, entity: EntitySchema): void {
  const schema = schemaOf(pluginId);
  const meta = entity.meta;
  // Left out it is the plugin's own; another schema would be somebody else's tables.
  meta.schema ??= schema;
  if (meta.schema !== schema) {
    throw new PluginProblem(
      'failed',
      `The entity ${meta.className} lies in schema ${meta.schema}; the tables of this plugin belong into ${schema}.`,
    );
  }
}
