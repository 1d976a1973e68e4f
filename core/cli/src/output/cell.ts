import { plain } from './plain.js';

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** One value on one line: lists of scalars by commas, objects as compact JSON, nothing as a dash. */
export function cell(value: unknown): string {
  if (value === null || value === undefined || value === '') return '-';
  if (typeof value === 'string' && TIME.test(value)) return value.replace(/\.\d{3}Z$/, 'Z');
  if (typeof value === 'string') return plain(value).replaceAll('\n', '\\n').replaceAll('\t', '\\t');
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) {
    if (value.length === 0) return '-';
    if (value.every((item) => item === null || typeof item !== 'object')) return value.map(cell).join(', ');
  }
  return plain(JSON.stringify(value) ?? '-');
}
