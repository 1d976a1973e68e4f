import { describe, expect, it } from 'vitest';
import { styleFor } from './style.js';
import { table } from './table.js';

const plain = styleFor({ isTTY: false });
const rows = [
  {
    updatedAt: '2026-01-31T12:00:00.123Z',
    note: null,
    plan: { id: 1, name: 'standard' },
    conditions: [{ type: 'Ready' }],
    id: 7,
    name: 'alice',
  },
  {
    updatedAt: '2026-02-01T12:00:00.000Z',
    note: '',
    plan: { id: 2, name: 'large' },
    conditions: [],
    id: 8,
    name: 'bob',
  },
];

describe('a list on the terminal', () => {
  it('begins with what names a row, shows other objects by their name, and leaves out what no row has', () => {
    expect(table(rows, plain, null).split('\n')).toEqual([
      'ID  NAME   PLAN      UPDATED AT',
      '7   alice  standard  2026-01-31T12:00:00Z',
      '8   bob    large     2026-02-01T12:00:00Z',
    ]);
  });

  it('leaves out columns that do not fit, and says which', () => {
    const lines = table(rows, plain, 24).split('\n');
    expect(lines[1]).toBe('7   alice  standard');
    expect(lines.at(-1)).toContain('not shown: updatedAt');
  });
});
