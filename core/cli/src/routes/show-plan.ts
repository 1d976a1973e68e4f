import { colouredDiff } from '../output/diff.js';
import { plain } from '../output/plain.js';
import { show } from '../output/show.js';
import type { Terminal } from '../output/terminal.js';

interface Planned {
  absolute: string;
  action: string;
  diff?: string;
  resource?: string;
}

/** What would change on the server, as one unified diff. */
export function showPlan(body: unknown, terminal: Terminal, json: boolean): void {
  const changes = plannedOf(body);
  if (json || changes === null) return show(body, terminal, json);
  if (changes.length === 0) {
    terminal.out('Nothing on the server would change.');
    return;
  }
  for (const change of changes) {
    terminal.note(
      terminal.noteStyle.dim(
        `# ${plain(change.action)} ${plain(change.absolute)}${change.resource ? ` for ${plain(change.resource)}` : ''}`,
      ),
    );
    if (change.diff) terminal.out(colouredDiff(change.diff.trimEnd(), terminal.style));
  }
  terminal.note(
    `${changes.length} ${changes.length === 1 ? 'file' : 'files'} would change. Nothing was changed.`,
  );
}

function plannedOf(body: unknown): Planned[] | null {
  const object = body !== null && typeof body === 'object' ? (body as Record<string, unknown>) : {};
  const list = [body, object['changes'], object['plan'], object['files'], object['items']].find(
    Array.isArray,
  );
  if (!list) return null;
  return (list as unknown[]).filter(
    (item): item is Planned =>
      item !== null &&
      typeof item === 'object' &&
      'absolute' in item &&
      typeof item.absolute === 'string' &&
      'action' in item,
  );
}
