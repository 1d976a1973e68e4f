import type { EntityManager, EntityProperty } from '@mikro-orm/core';
import type { ReconcilerSpec, ResourceRow } from '@tenpanel/sdk';
import pg from 'pg';
import type { Registry } from '../contracts.js';
import { schemaOf } from '../db/migrate.js';

/** A registered kind of resource, with what SQL and history need to know of its entity. */
export interface ResourceKind {
  kind: string;
  owner: string;
  spec: ReconcilerSpec<ResourceRow>;
  /** Quoted `schema.table`. */
  table: string;
  /** The entity's own columns, beside those that every resource has. */
  own: EntityProperty[];
  /** Those of them that are wanted, not observed. */
  wanted: EntityProperty[];
}

const BASE = new Set([
  'id',
  'tenantId',
  'spec',
  'generation',
  'observedGeneration',
  'conditions',
  'finalizers',
  'deletedAt',
  'createdAt',
  'updatedAt',
]);

/** @throws Error when no running plugin has the kind */
export function resourceKind(
  registry: Pick<Registry, 'reconcilers'>,
  em: EntityManager,
  kind: string,
): ResourceKind {
  const known = registry.reconcilers.get(kind);
  if (!known) throw new Error(`No running plugin has resources of the kind ${kind}.`);
  const meta = em.getMetadata(known.spec.entity as never);
  const own = meta.props.filter(
    (prop) =>
      !BASE.has(prop.name) &&
      prop.persist !== false &&
      ['scalar', 'embedded', 'm:1', '1:1'].includes(prop.kind) &&
      !prop.mappedBy,
  );
  const observed = known.spec.observed ?? [];
  const unknown = observed.find((name) => !own.some((prop) => prop.name === name));
  if (unknown !== undefined) throw new Error(`The kind ${kind} has no own column ${unknown} to observe.`);
  return {
    kind,
    owner: known.owner,
    spec: known.spec,
    table: `${pg.escapeIdentifier(meta.schema ?? schemaOf(known.owner))}.${pg.escapeIdentifier(meta.tableName)}`,
    own,
    wanted: own.filter(({ name }) => !observed.includes(name)),
  };
}

/** Wanted columns as plain JSON, for the history. A related row is its id. */
export function ownColumns(kind: ResourceKind, row: object): Record<string, unknown> {
  const values = row as Record<string, unknown>;
  return Object.fromEntries(
    kind.wanted.map(({ name, kind: relation }) => [
      name,
      relation === 'scalar' || relation === 'embedded' ? values[name] : idOf(values[name]),
    ]),
  );
}

/** Write own columns, one by one; what is not a column of the entity is an error of the plugin. */
export function setOwnColumns(kind: ResourceKind, row: object, columns: object | undefined): void {
  for (const [name, value] of Object.entries(columns ?? {})) {
    const prop = kind.own.find((own) => own.name === name);
    if (!prop) throw new Error(`The kind ${kind.kind} has no own column ${name}.`);
    (row as Record<string, unknown>)[name] =
      prop.runtimeType === 'Date' && typeof value === 'string' ? new Date(value) : value;
  }
}

function idOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'id' in value ? value.id : value;
}

/** Write the wanted columns of a state out of the history. */
export function setWantedColumns(kind: ResourceKind, row: object, columns: Record<string, unknown>): void {
  const wanted = Object.entries(columns).filter(([name]) => kind.wanted.some((prop) => prop.name === name));
  setOwnColumns(kind, row, Object.fromEntries(wanted));
}
