import { createTwoFilesPatch } from 'diff';
import type { AppOptions, PlannedChange } from '../http/app-options.js';
import type { Planner } from '../reconcile/create-planner.js';

/** What a dry run shows: the agent's plan for the rows that the transaction has touched, as unified diffs. */
export function createPreview(planner: Planner): NonNullable<AppOptions['preview']> {
  return async (em, touched) => {
    const kinds = new Map<string, number[]>();
    for (const { kind, id } of touched) kinds.set(kind, [...(kinds.get(kind) ?? []), id]);
    const changes: PlannedChange[] = [];
    for (const [kind, ids] of kinds) {
      for (const plan of await planner.planFor(em, kind, [...new Set(ids)])) {
        for (const { absolute, action, before, after } of plan.files) {
          if (action === 'same') continue;
          const diff = createTwoFilesPatch(absolute, absolute, before, after, 'now', 'planned');
          changes.push({ absolute, action, diff, resource: plan.resource });
        }
      }
    }
    return changes;
  };
}
