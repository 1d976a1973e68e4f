import { iniKey, type Emitted } from '@tenpanel/sdk';
import type { IniValue, IniValues } from './option-schema.js';
import { phpOptions } from './options.js';

/** https://www.php.net/manual/en/errorfunc.constants.php; E_STRICT is gone from 8.4 on and harmless here. */
const ERROR_LEVELS: Record<string, number> = {
  all: 32_767,
  production: 32_767 & ~(8192 | 16_384 | 2048),
  errors: 4437,
  none: 0,
};

export interface IniLine {
  key: Emitted;
  value: IniValue;
}

/** One value as php.ini holds it. */
export function iniLine(name: string, value: IniValue): IniLine {
  const option = phpOptions.find((each) => each.name === name);
  if (!option) throw new Error(`${name} is not in the list of php.ini values.`);
  return {
    key: iniKey(name),
    value: option.type === 'errorLevel' ? (ERROR_LEVELS[String(value)] ?? 0) : value,
  };
}

/** The values of `given` that a shared master can hold for one site, in the order of the list. */
export function siteLines(given: IniValues): IniLine[] {
  return phpOptions
    .filter((option) => option.scope === 'site' && given[option.name] !== undefined)
    .map((option) => iniLine(option.name, given[option.name] ?? option.default));
}
