import { rewriteRule, type RewriteCondition } from '../spec/rewrite.js';
import type { SiteChange } from '../spec/site-fields.js';
import { readLines, type HtaccessLine } from './read-lines.js';
import { converted, notConverted, notNeeded, type Found, type LineResult, type Site } from './result.js';
import { convertCondition } from './rewrite-condition.js';
import { convertRule } from './rewrite-line.js';
import { simpleLines } from './simple-lines.js';

export interface ConvertedLine extends LineResult {
  line: number;
  text: string;
}

export interface Conversion {
  lines: ConvertedLine[];
  change: Pick<SiteChange, 'rewrite' | 'redirects' | 'errorPages' | 'directives'>;
}

interface Container {
  name: string;
  argument: string;
  /** Nothing in it is taken, for this reason. */
  refused: LineResult | null;
}

/**
 * Translate an .htaccess file into typed settings of a site. Every line that says something gets an answer; nothing
 * is dropped in silence. Pure: nothing is changed.
 */
export function convertHtaccess(text: string, site: Site): Conversion {
  const found: Found = { rules: [], preset: null, redirects: [], errorPages: [], directives: {}, base: '/' };
  const results: ConvertedLine[] = [];
  const containers: Container[] = [];
  let conditions: { condition: RewriteCondition | string; result: ConvertedLine }[] = [];

  for (const line of readLines(text)) {
    const result: ConvertedLine = {
      line: line.line,
      text: line.text,
      ...notConverted('This directive is not known.'),
    };
    results.push(result);
    const refused = containers.find((container) => container.refused)?.refused;
    if (line.name.startsWith('<')) Object.assign(result, container(line, containers));
    else if (refused) Object.assign(result, refusedLine(line, containers, refused, found));
    else if (line.name === 'rewritecond') {
      const condition = convertCondition(line.words);
      conditions.push({ condition, result });
      Object.assign(
        result,
        typeof condition === 'string' ? notConverted(condition) : converted('It belongs to the rule below.'),
      );
    } else if (line.name === 'rewriterule') {
      const answer = convertRule(
        line.words,
        conditions.map(({ condition }) => condition),
        found,
        site,
      );
      Object.assign(result, answer);
      // A condition without its rule means nothing.
      if (answer.outcome === 'notConverted' || answer.outcome === 'notNeeded') {
        for (const each of conditions)
          if (each.result.outcome === 'converted')
            Object.assign(each.result, { outcome: answer.outcome, message: 'It belongs to the rule below.' });
      }
      conditions = [];
    } else Object.assign(result, simpleLines[line.name]?.(line.words, found) ?? {});
  }
  return { lines: results, change: changeOf(found) };
}

function container(line: HtaccessLine, open: Container[]): LineResult {
  if (line.name.startsWith('</')) {
    open.pop();
    return notNeeded('End of a section.');
  }
  const name = line.name.slice(1).replace(/>$/, '');
  const argument = (/^<\S+\s+(?:~\s+)?(.*?)\s*>?$/.exec(line.text)?.[1] ?? '').replace(
    /^(["'])(.*)\1$/,
    '$2',
  );
  if (name === 'ifmodule') {
    const absent = argument.startsWith('!');
    open.push({
      name,
      argument,
      refused: absent ? notNeeded('It is for servers without that module.') : null,
    });
    return notNeeded('What it holds is looked at.');
  }
  if (name === 'files' || name === 'filesmatch') {
    open.push({ name, argument, refused: notConverted('Settings for some files only have no counterpart.') });
    return notNeeded('What it holds is looked at.');
  }
  open.push({ name, argument, refused: notConverted(`Sections <${name}> have no counterpart.`) });
  return notConverted(`Sections <${name}> have no counterpart.`);
}

/** Within `<Files>` one thing has a meaning here: nobody may fetch them. */
function refusedLine(
  line: HtaccessLine,
  open: readonly Container[],
  refused: LineResult,
  found: Found,
): LineResult {
  const inner = open.at(-1);
  const denies =
    (line.name === 'deny' && /^from all$/i.test(line.words.join(' '))) ||
    (line.name === 'require' && /^all denied$/i.test(line.words.join(' ')));
  if (!inner || (inner.name !== 'files' && inner.name !== 'filesmatch')) return refused;
  if (line.name === 'order') return notNeeded('The line with "deny" is enough.');
  if (!denies) return refused;
  const pattern =
    inner.name === 'files'
      ? `/${inner.argument
          .replace(/[.+^${}()|[\]\\]/g, '\\$&')
          .replace(/\*/g, '[^/]*')
          .replace(/\?/g, '[^/]')}$`
      : inner.argument.replace(/^\^/, '/');
  const rule = rewriteRule.safeParse({ pattern, action: 'forbidden' });
  if (!rule.success) return notConverted(rule.error.issues[0]?.message ?? 'The pattern cannot be used.');
  found.rules.push(rule.data);
  return converted('It is a rule that answers 403.');
}

function changeOf(found: Found): Conversion['change'] {
  const { rules, preset, redirects, errorPages, directives } = found;
  return {
    ...(rules.length > 0 || preset ? { rewrite: { preset: preset ?? 'none', rules } } : {}),
    ...(redirects.length > 0 ? { redirects } : {}),
    ...(errorPages.length > 0 ? { errorPages } : {}),
    ...(Object.keys(directives).length > 0 ? { directives } : {}),
  };
}
