import { cell } from './cell.js';
import { plain } from './plain.js';
import { table } from './table.js';
import type { Style } from './style.js';

/** One object, a line a field; nested objects are indented below their name. */
export function keyValue(object: Record<string, unknown>, style: Style, indent = ''): string {
  const entries = Object.entries(object).filter(([, value]) => value !== undefined);
  const width = Math.max(0, ...entries.map(([key]) => plain(key).length));
  return entries
    .map(([key, value]) => {
      const label = indent + style.bold(plain(key).padEnd(width));
      if (
        value !== null &&
        typeof value === 'object' &&
        !Array.isArray(value) &&
        Object.keys(value).length > 0
      ) {
        return `${indent}${style.bold(plain(key))}\n${keyValue(value as Record<string, unknown>, style, `${indent}  `)}`;
      }
      if (Array.isArray(value) && value.length > 0 && value.every(isObject)) {
        const lines = table(value, style, null).split('\n');
        return `${indent}${style.bold(plain(key))}\n${lines.map((line) => `${indent}  ${line}`).join('\n')}`;
      }
      if (typeof value === 'string' && value.includes('\n')) {
        return `${indent}${style.bold(plain(key))}\n${plain(value)
          .split('\n')
          .map((line) => `${indent}  ${line}`)
          .join('\n')}`;
      }
      return `${label}  ${cell(value)}`;
    })
    .join('\n');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
