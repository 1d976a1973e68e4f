import { EmitError, emitted, type Emitted } from './emitter.js';

const WORD = /^[A-Za-z_][A-Za-z0-9_.]*(?:\[[A-Za-z_][A-Za-z0-9_.]*\])?$/;

/** The left side of an assignment: `memory_limit`, `pm.max_children`, `php_admin_value[open_basedir]`. */
export function iniKey(name: string): Emitted {
  if (!WORD.test(name))
    throw new EmitError('ini', 'a key may hold only letters, digits, dots and underscores');
  return emitted(name);
}
