import type { z } from 'zod';
import { controlCharacters } from '@tenpanel/sdk';
import { pointerOf } from './pointer-of.js';
import { childSchemas, wrapped } from './schema-children.js';
import { ValidationError, type FieldProblem } from './validation-error.js';

const PROTOTYPE_KEYS = new Set(['__proto__', 'constructor', 'prototype']);
const MAX_DEPTH = 32;

/**
 * What is refused before any schema is asked: control characters in keys and values (a string marked
 * `x-multiline`, see `textBlock` of the SDK, may hold tabs and line breaks), keys of object prototypes, and values
 * nested deeper than anything the panel uses.
 * @throws ValidationError naming every place
 */
export function refuseUnsafe(place: FieldProblem['in'], value: unknown, schema: z.ZodType | undefined): void {
  const problems: FieldProblem[] = [];
  const add = (path: (string | number)[], code: string, message: string): void => {
    if (problems.length < 20) problems.push({ in: place, path, pointer: pointerOf(path), message, code });
  };
  const visit = (current: unknown, path: (string | number)[], schemas: z.ZodType[]): void => {
    if (path.length > MAX_DEPTH) return add([], 'http.tooDeep', 'This is nested too deeply.');
    if (typeof current === 'string') {
      const multiline = schemas.some(isMultiline);

      if (controlCharacters.test(multiline ? current.replace(/[\t\n\r]/g, '') : current)) {
        add(path, 'http.controlCharacter', 'Remove control characters and line breaks.');
      }
      return;
    }
    if (Array.isArray(current)) {
      current.forEach((item, index) => visit(item, [...path, index], childSchemas(schemas, index)));
      return;
    }
    if (typeof current !== 'object' || current === null) return;
    for (const [key, item] of Object.entries(current)) {
      if (PROTOTYPE_KEYS.has(key) || controlCharacters.test(key)) {
        add(path, 'http.badKey', 'This object holds a field name that is never taken.');
        continue;
      }
      visit(item, [...path, key], childSchemas(schemas, key));
    }
  };
  visit(value, [], schema ? [schema] : []);
  if (problems.length > 0) throw new ValidationError(problems);
}

function isMultiline(schema: z.ZodType): boolean {
  return schema.meta()?.['x-multiline'] === true || wrapped(schema).some(isMultiline);
}
