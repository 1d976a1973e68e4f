import type { EntityManager } from '@mikro-orm/core';
import { z } from 'zod';
import { FieldError, type Page, type RouteContext } from '@tenpanel/sdk';
import type { Actor, PanelError } from '@tenpanel/sdk';
import type { Registry } from '../contracts.js';
import { databaseCode } from './database-code.js';

type PageOf = RouteContext['page'];

interface PageOptions<Row, T> {
  query: { limit?: number | undefined; cursor?: string | undefined; sort?: string | undefined };
  sortable?: string[];
  map: (row: Row) => T | Promise<T>;
}

const cursorSchema = z.tuple([z.string(), z.union([z.string(), z.number(), z.boolean()]), z.number().int()]);

/**
 * Cursor paging: rows after the last one seen, by the sort column and then by id, so that a row that is inserted
 * meanwhile neither repeats nor hides another. A cursor belongs to its sort order. Sortable columns are never null.
 */
export function pageOver(em: EntityManager, actor: Actor, registry: Registry): PageOf {
  return async <Row extends { id: number }, T>(
    entity: unknown,
    where: Record<string, unknown>,
    options: PageOptions<Row, T>,
  ): Promise<Page<T>> => {
    const limit = options.query.limit ?? 50;
    const { column, descending } = sortOf(options.query.sort, options.sortable ?? []);
    const conditions: Record<string, unknown>[] = [where];
    const scoped = scopeOf(entity, actor, registry);
    if (scoped) conditions.push({ id: { $in: [...scoped] } });
    if (options.query.cursor) conditions.push(after(options.query.cursor, column, descending));
    const direction = descending ? 'desc' : 'asc';
    const find = em.find(entity as never, { $and: conditions } as never, {
      orderBy: (column === 'id'
        ? [{ id: direction }]
        : [{ [column]: direction }, { id: direction }]) as never,
      limit: limit + 1,
    });
    const found = (await find.catch((error: unknown) => {
      // Class 22, data exception: the cursor was written by somebody else than us.
      if (options.query.cursor && databaseCode(error)?.startsWith('22')) throw badCursor();
      throw error;
    })) as unknown as Row[];
    const rows = found.slice(0, limit);
    const last = rows.at(-1);
    const items: T[] = [];
    for (const row of rows) items.push(await options.map(row));
    return { items, next: last && found.length > limit ? cursorOf(last, column) : null };
  };
}

function sortOf(
  sort: string | undefined,
  sortable: readonly string[],
): { column: string; descending: boolean } {
  const descending = sort?.startsWith('-') ?? false;
  const column = (descending ? sort?.slice(1) : sort) ?? 'id';
  const allowed = ['id', ...sortable.filter((one) => one !== 'id')];
  if (!allowed.includes(column)) {
    throw new FieldError(
      ['sort'],
      'http.notSortable',
      `This list can be sorted by ${allowed.join(', ')}, with a dash before for descending.`,
      {
        columns: allowed.join(', '),
      },
    );
  }
  return { column, descending };
}

function cursorOf(row: { id: number }, column: string): string {
  const value = (row as unknown as Record<string, unknown>)[column];
  const plain = value instanceof Date ? value.toISOString() : value;
  return Buffer.from(JSON.stringify([column, plain, Number(row.id)])).toString('base64url');
}

function after(cursor: string, column: string, descending: boolean): Record<string, unknown> {
  const [sortedBy, value, id] = parseCursor(cursor);
  if (sortedBy !== column) throw badCursor();
  const beyond = descending ? '$lt' : '$gt';
  if (column === 'id') return { id: { [beyond]: id } };
  return { $or: [{ [column]: { [beyond]: value } }, { [column]: value, id: { [beyond]: id } }] };
}

function parseCursor(cursor: string): z.infer<typeof cursorSchema> {
  try {
    return cursorSchema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch {
    throw badCursor();
  }
}

function badCursor(): PanelError {
  return new FieldError(
    ['cursor'],
    'http.badCursor',
    'This cursor belongs to another list or order. Start again without it.',
  );
}

function scopeOf(entity: unknown, actor: Actor, registry: Registry): readonly number[] | null {
  if (!actor.scope) return null;
  for (const [kind, { spec }] of registry.reconcilers) {
    if ((spec.entity as unknown) === entity) return actor.scope[kind] ?? null;
  }
  return null;
}
