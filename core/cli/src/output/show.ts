import { keyValue } from './key-value.js';
import { plain } from './plain.js';
import { table } from './table.js';
import type { Terminal } from './terminal.js';

/** Print an answer for people, or exactly as it came with `json`. */
export function show(body: unknown, terminal: Terminal, json: boolean): void {
  if (json) {
    terminal.out(JSON.stringify(body ?? null, null, 2));
    return;
  }
  const rows = rowsOf(body);
  if (rows) {
    terminal.out(
      rows.length === 0 ? terminal.style.dim('(nothing)') : table(rows, terminal.style, terminal.width),
    );
  } else if (body !== null && typeof body === 'object') {
    terminal.out(keyValue(body as Record<string, unknown>, terminal.style));
  } else if (body !== undefined && body !== null && body !== '') {
    terminal.out(plain(String(body)));
  }
}

/** The rows of a page `{items, next}` or of a plain array of objects. */
export function rowsOf(body: unknown): Record<string, unknown>[] | null {
  const list = Array.isArray(body) ? body : isPage(body) ? body.items : null;
  if (!list) return null;
  return list.map((item) =>
    item !== null && typeof item === 'object' ? (item as Record<string, unknown>) : { value: item },
  );
}

function isPage(body: unknown): body is { items: unknown[] } {
  return body !== null && typeof body === 'object' && 'items' in body && Array.isArray(body.items);
}
