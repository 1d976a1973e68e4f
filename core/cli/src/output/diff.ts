import { plain } from './plain.js';
import type { Style } from './style.js';

/** A unified diff as the server computed it, coloured by line. */
export function colouredDiff(text: string, style: Style): string {
  return plain(text)
    .split('\n')
    .map((line) => {
      if (line.startsWith('+++') || line.startsWith('---')) return style.bold(line);
      if (line.startsWith('+')) return style.green(line);
      if (line.startsWith('-')) return style.red(line);
      if (line.startsWith('@@')) return style.cyan(line);
      return line;
    })
    .join('\n');
}
