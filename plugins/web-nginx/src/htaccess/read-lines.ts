/** One directive of an .htaccess file. `words` are without their quotes. */
export interface HtaccessLine {
  line: number;
  text: string;
  name: string;
  words: string[];
}

/** Lines that say something; those that end in a backslash go on. Comments and empty lines are left out. */
export function readLines(text: string): HtaccessLine[] {
  const lines: HtaccessLine[] = [];
  let open = '';
  let start = 1;
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    if (open === '') start = index + 1;
    if (raw.endsWith('\\')) {
      open += `${raw.slice(0, -1)} `;
      continue;
    }
    const whole = (open + raw).trim();
    open = '';
    if (whole === '' || whole.startsWith('#')) continue;
    const [name = '', ...words] = splitWords(whole);
    lines.push({ line: start, text: whole.slice(0, 500), name: name.toLowerCase(), words });
  }
  return lines;
}

function splitWords(text: string): string[] {
  const words = text.match(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[^\s]+/g) ?? [];
  return words.map((word) =>
    /^(["']).*\1$/s.test(word) && word.length > 1 ? word.slice(1, -1).replace(/\\(["'])/g, '$1') : word,
  );
}
