import { cell } from './cell.js';
import type { Style } from './style.js';

type Row = Record<string, unknown>;

const FIRST = ['id', 'name', 'domain', 'title', 'username', 'login', 'email', 'status', 'state'];
const LAST = [
  'generation',
  'createdAt',
  'updatedAt',
  'ownerTenantId',
  'parentTenantId',
  'requestId',
  'changeId',
];

/** Columns of a list: what names an object first, bookkeeping last, nested objects by their name or not at all. */
export function columnsOf(rows: readonly Row[]): string[] {
  const keys = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const shown = keys
    .filter((key) => rows.every((row) => isScalar(row[key]) || nameOf(row[key]) !== null))
    // A column in which no row has anything tells nothing.
    .filter((key) => rows.some((row) => cell(row[key]) !== '-'));
  const rank = (key: string) =>
    FIRST.includes(key) ? FIRST.indexOf(key) - 100 : LAST.includes(key) ? LAST.indexOf(key) + 100 : 0;
  return shown.sort((a, b) => rank(a) - rank(b));
}

function isScalar(value: unknown): boolean {
  if (Array.isArray(value)) return value.every((item) => item === null || typeof item !== 'object');
  return value === null || typeof value !== 'object';
}

/** `{id: 1, name: 'alice'}`, as the API refers to another object, reads `alice`. */
function nameOf(value: unknown): string | null {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return null;
  const { name } = value as { name?: unknown };
  return typeof name === 'string' ? cell(name) : null;
}

const heading = (key: string) => key.replace(/([a-z0-9])([A-Z])/g, '$1 $2').toUpperCase();

/** Left-aligned columns; on a terminal columns that do not fit are left out, and the last shown one says so. */
export function table(
  rows: readonly Row[],
  style: Style,
  width: number | null,
  columns = columnsOf(rows),
): string {
  const cells = rows.map((row) => columns.map((key) => nameOf(row[key]) ?? cell(row[key])));
  const widths = columns.map((key, i) =>
    Math.max(heading(key).length, ...cells.map((line) => line[i]?.length ?? 0)),
  );
  let fit = columns.length;
  if (width !== null) {
    const total = (n: number) => widths.slice(0, n).reduce((sum, w) => sum + w + 2, -2);
    while (fit > 2 && total(fit) > width) fit -= 1;
  }
  const line = (values: string[]) =>
    values
      .slice(0, fit)
      .map((value, i) => (i === fit - 1 ? value : value.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd();
  const left = columns.slice(fit);
  return [
    style.bold(line(columns.map(heading))),
    ...cells.map(line),
    ...(left.length > 0 ? [style.dim(`(not shown: ${left.join(', ')}; --json has everything)`)] : []),
  ].join('\n');
}
