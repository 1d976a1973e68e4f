import type { z } from 'zod';
import { Readable } from 'node:stream';
import type { RouteSpec } from '@tenpanel/sdk';
import type { Answer } from './answer.js';

/** For tests: an answer that is not what the OpenAPI document promises is a fault of the route. */
export function checkReply(spec: RouteSpec, answer: Answer, dryRun: boolean): void {
  if (dryRun || answer.body === undefined || answer.body instanceof Readable || spec.produces) return;
  const name = `${spec.method} ${spec.path}`;
  const schema = spec.reply as z.ZodType | undefined;
  if (!schema) throw new Error(`${name} answered with a body, but has no reply schema.`);
  const parsed = schema.safeParse(JSON.parse(JSON.stringify(answer.body)));
  if (!parsed.success)
    throw new Error(`${name} answered what its reply schema does not allow: ${parsed.error.message}`);
}
