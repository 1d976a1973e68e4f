import type { Desired } from '@tenpanel/sdk';
import type { Touched } from './app-options.js';

/** The same desired state, which also notes what is touched (for the plan of a dry run and for `Prefer: wait`). */
export function recordingDesired(inner: Desired, touched: Touched[]): Desired {
  const note = (kind: string, id: number): void => {
    if (!touched.some((one) => one.kind === kind && one.id === id)) touched.push({ kind, id });
  };
  return {
    em: inner.em,
    async create(kind, values) {
      const row = await inner.create(kind, values);
      note(kind, row.id);
      return row as never;
    },
    async update(kind, row, spec, columns) {
      const changed = await inner.update(kind, row, spec, columns);
      note(kind, changed.id);
      return changed;
    },
    async delete(kind, row) {
      await inner.delete(kind, row);
      note(kind, row.id);
    },
    async touch(kind, ids) {
      await inner.touch(kind, ids);
      for (const id of ids) note(kind, id);
    },
  };
}
