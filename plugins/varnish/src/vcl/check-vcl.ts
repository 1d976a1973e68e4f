import { EmitError, emitted, vclEmitter, vclTokens, type Emitted, type VclToken } from '@tenpanel/sdk';
import type { SiteVclPart } from './site-vcl.js';
import { vclRules, type VclRules } from './vcl-rules.js';

const OPERATORS = new Set([
  '=',
  '==',
  '!=',
  '~',
  '!~',
  '<',
  '>',
  '<=',
  '>=',
  '&&',
  '||',
  '!',
  '+',
  '(',
  ')',
  ',',
]);
const FUNCTIONS = new Set(['regsub', 'regsuball', 'true', 'false']);

/**
 * Take a site's own VCL apart and write it anew, statement by statement. Only `if`, `set`, `unset` and a few `return`s on
 * a closed list of variables pass: no import, no include, no inline C, no other site. Throws `EmitError` with the line.
 */
export function checkVcl(part: SiteVclPart, source: string): Emitted {
  const reader = new Reader(vclTokens(source), vclRules[part]);
  const lines: string[] = [];
  while (!reader.done()) reader.statement(lines, '\t');
  return emitted(lines.join('\n'));
}

class Reader {
  private at = 0;
  private depth = 0;

  constructor(
    private readonly tokens: readonly VclToken[],
    private readonly rules: VclRules,
  ) {}

  done(): boolean {
    return this.at >= this.tokens.length;
  }

  statement(lines: string[], indent: string): void {
    const { text } = this.word('if', 'set', 'unset', 'return');
    if (text === 'if') return this.branch(lines, indent);
    if (text === 'set') {
      const name = this.variable(this.rules.write, 'changed');
      this.sign('=');
      lines.push(`${indent}set ${name} = ${this.expression(';')};`);
    } else if (text === 'unset') {
      lines.push(`${indent}unset ${this.variable(this.rules.write, 'changed')};`);
      this.sign(';');
    } else {
      lines.push(`${indent}return (${this.outcome()});`);
    }
  }

  private branch(lines: string[], indent: string): void {
    if (++this.depth > 8) throw new EmitError('vcl', `line ${this.line()}: nest at most 8 conditions`);
    this.sign('(');
    lines.push(`${indent}if (${this.expression(')')}) {`);
    this.block(lines, indent);
    for (
      let next = this.tokens[this.at]?.text;
      next === 'elsif' || next === 'elseif' || next === 'else';
      next = this.tokens[this.at]?.text
    ) {
      this.at += 1;
      const alone = next === 'else' && this.tokens[this.at]?.text !== 'if';
      if (next === 'else' && !alone) this.at += 1;
      if (!alone) this.sign('(');
      lines.push(alone ? `${indent}else {` : `${indent}elsif (${this.expression(')')}) {`);
      this.block(lines, indent);
      if (alone) break;
    }
    this.depth -= 1;
  }

  private block(lines: string[], indent: string): void {
    this.sign('{');
    while (this.tokens[this.at]?.text !== '}') this.statement(lines, `${indent}\t`);
    this.sign('}');
    lines.push(`${indent}}`);
  }

  /** Everything up to `end` on the same level of brackets. */
  private expression(end: string): string {
    const parts: string[] = [];
    for (let open = 0; ;) {
      const token = this.next();
      if (token.kind === 'sign' && open === 0 && token.text === end) break;
      if (token.kind === 'string') parts.push(vclEmitter.escape(token.text));
      else if (token.kind === 'number' || (token.kind === 'word' && FUNCTIONS.has(token.text)))
        parts.push(token.text);
      else if (token.kind === 'word' && this.rules.read.test(token.text)) parts.push(token.text);
      else if (token.kind === 'sign' && OPERATORS.has(token.text)) {
        open += token.text === '(' ? 1 : token.text === ')' ? -1 : 0;
        if (open < 0) this.refuse(token, 'a bracket is closed that was not opened');
        parts.push(token.text);
      } else this.refuse(token, `${JSON.stringify(token.text)} cannot be used here`);
    }
    if (parts.length === 0)
      throw new EmitError('vcl', `line ${this.line()}: something is missing before ${end}`);
    return parts.join(' ');
  }

  private outcome(): string {
    this.sign('(');
    const { text } = this.word(...this.rules.returns);
    let call = text;
    if (text === 'synth') {
      this.sign('(');
      const status = this.next();
      if (status.kind !== 'number' || !/^[45]\d\d$/.test(status.text))
        this.refuse(status, 'write a status from 400 to 599');
      this.sign(',');
      const reason = this.next();
      if (reason.kind !== 'string' || /[<>&]/.test(reason.text))
        this.refuse(reason, 'write the reason as plain text in quotes');
      this.sign(')');
      call = `synth(${status.text}, ${vclEmitter.escape(reason.text)})`;
    }
    this.sign(')');
    this.sign(';');
    return call;
  }

  private variable(allowed: RegExp, verb: string): string {
    const token = this.next();
    if (token.kind !== 'word' || !allowed.test(token.text))
      this.refuse(token, `${token.text} cannot be ${verb} here`);
    return token.text;
  }

  private word(...wanted: readonly string[]): VclToken {
    const token = this.next();
    if (token.kind !== 'word' || !wanted.includes(token.text)) {
      this.refuse(
        token,
        `${JSON.stringify(token.text)} cannot stand here${wanted.length > 0 ? `; use ${wanted.join(', ')}` : ''}`,
      );
    }
    return token;
  }

  private sign(text: string): void {
    const token = this.next();
    if (token.kind !== 'sign' || token.text !== text)
      this.refuse(token, `${text} is missing before ${JSON.stringify(token.text)}`);
  }

  private next(): VclToken {
    const token = this.tokens[this.at];
    if (!token) throw new EmitError('vcl', `line ${this.line()}: the text ends too early`);
    this.at += 1;
    return token;
  }

  private line(): number {
    return this.tokens[Math.max(0, this.at - 1)]?.line ?? 1;
  }

  private refuse(token: VclToken, why: string): never {
    throw new EmitError('vcl', `line ${token.line}: ${why}`);
  }
}
