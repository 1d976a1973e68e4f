import { EmitError } from './emitter.js';
import { parseNginx, type NginxNode } from './nginx-parse.js';
import { isNginxWord, nginxLiteral, type NginxArg } from './nginx-word.js';
import { quoteNginx } from './nginx.js';

/** A directive to be written: its words, and what stands in its braces. */
export interface NginxDirective {
  words: NginxArg[];
  block?: NginxDirective[];
}

/** `directive('listen', 80)`, `directive('location', '=', '/x')` with a block as the last argument. */
export function directive(name: NginxArg, ...rest: (NginxArg | NginxDirective[])[]): NginxDirective {
  const last = rest.at(-1);
  if (Array.isArray(last)) return { words: [name, ...(rest.slice(0, -1) as NginxArg[])], block: last };
  return { words: [name, ...(rest as NginxArg[])] };
}

/**
 * Write directives as text of nginx's language, read the text back with our own reader of that language, and throw
 * unless exactly the given tree comes out: whatever a value holds, it cannot become structure.
 * `comment` becomes lines at the top.
 */
export function renderNginx(tree: readonly NginxDirective[], comment: readonly string[] = []): string {
  const head = comment.map((line) => `# ${commentLine(line)}\n`).join('');
  const text = head + print(tree, '');
  if (!sameTree(tree, parseNginx(text)))
    throw new EmitError('nginx', 'the written configuration does not read back as it was meant');
  return text;
}

function print(tree: readonly NginxDirective[], indent: string): string {
  return tree
    .map(({ words, block }) => {
      const line = words.map(printWord).join(' ').replace(/ \)$/, ')');
      return block
        ? `${indent}${line} {\n${print(block, `${indent}    `)}${indent}}\n`
        : `${indent}${line};\n`;
    })
    .join('');
}

function printWord(arg: NginxArg): string {
  if (!isNginxWord(arg)) return quoteNginx(nginxLiteral(arg));
  // A bare variable or bracket is written as it is; everything else goes through the same quoting as values.
  if (!arg.quoted && /^(?:\(?\$[a-z0-9_]+\)?|\(!?-[fd]|\))$/.test(arg.text)) return arg.text;
  return `"${arg.text.replace(/[\\"]/g, '\\$&')}"`;
}

function sameTree(tree: readonly NginxDirective[], nodes: readonly NginxNode[]): boolean {
  return (
    tree.length === nodes.length &&
    tree.every(({ words, block }, index) => {
      const node = nodes[index];
      if (!node || node.words.length !== words.length || (block === undefined) !== (node.block === undefined))
        return false;
      return (
        words.every((arg, at) => node.words[at] === (isNginxWord(arg) ? arg.text : nginxLiteral(arg))) &&
        (!block || sameTree(block, node.block ?? []))
      );
    })
  );
}

function commentLine(line: string): string {
  return nginxLiteral(line.replaceAll('$', ''));
}
