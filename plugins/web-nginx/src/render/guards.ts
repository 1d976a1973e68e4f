import {
  directive,
  nginxCondition,
  nginxRegex,
  nginxVariable,
  type NginxArg,
  type NginxDirective,
} from '@tenpanel/sdk';

/** `if (<variable> <operator> "<right>") { … }` */
export function when(
  variable: string,
  operator: '=' | '!=' | '~' | '~*' | '!~' | '!~*',
  right: NginxArg,
  block: NginxDirective[],
): NginxDirective {
  return directive('if', ...nginxCondition(variable, operator, right), block);
}

/** `set $name value` */
export function set(name: string, value: NginxArg): NginxDirective {
  return directive('set', nginxVariable(name), value);
}

/** Text as a regular expression that matches just this text. */
export function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\-]/g, '\\$&');
}

/** `^(?:a|b)$` over texts. */
export function oneOf(texts: readonly string[]): NginxArg {
  return nginxRegex(`^(?:${texts.map(literally).join('|')})$`);
}

/** Paths that end in one of these extensions. */
export function endsWith(extensions: readonly string[]): NginxArg {
  return nginxRegex(`\\.(?:${extensions.map(literally).join('|')})$`);
}
