import { EmitError } from './emitter.js';

/** A section in the order of the file; entries before the first header have the name ''. */
export interface IniSection {
  name: string;
  entries: [key: string, value: string][];
}

const HEADER = /^\[([^\]"'$;\\]+)\]$/;
const ENTRY =
  /^([A-Za-z_][A-Za-z0-9_.]*(?:\[[A-Za-z_][A-Za-z0-9_.]*\])?)\s*=\s*(?:"([^"\\$]*)"|(-?\d+[KMG]?|on|off))$/i;

/**
 * Read back what `iniEmitter` writes, and nothing else: a line that it could not have written throws, so that an
 * injected block is found where `php-fpm -t` would take it.
 */
export function parseIni(text: string): IniSection[] {
  const sections: IniSection[] = [{ name: '', entries: [] }];
  for (const raw of text.split('\n')) {
    const line = raw.trim();
    if (line === '' || line.startsWith(';')) continue;
    const header = HEADER.exec(line)?.[1];
    if (header !== undefined) {
      sections.push({ name: header, entries: [] });
      continue;
    }
    const entry = ENTRY.exec(line);
    if (!entry?.[1])
      throw new EmitError('ini', 'the text holds a line that is neither a section nor an assignment');
    sections.at(-1)?.entries.push([entry[1], entry[2] ?? entry[3] ?? '']);
  }
  return sections.filter((section) => section.name !== '' || section.entries.length > 0);
}
