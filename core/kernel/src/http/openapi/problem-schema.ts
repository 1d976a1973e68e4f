import { z } from 'zod';

/** RFC 9457 with the panel's own members. */
export const problemSchema = z
  .strictObject({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string().meta({ description: 'What is wrong and what to do, in the language of the request.' }),
    code: z.string().meta({ description: 'Stable, `<area>.<reason>`.', example: 'http.invalid' }),
    requestId: z.string(),
    params: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
    errors: z
      .array(
        z.strictObject({
          in: z.enum(['body', 'query', 'path']),
          path: z.array(z.union([z.string(), z.number()])),
          pointer: z.string().meta({ description: 'RFC 6901', example: '/aliases/0' }),
          message: z.string(),
          code: z.string(),
        }),
      )
      .optional(),
  })
  .meta({ id: 'Problem' });

export const planSchema = z
  .strictObject({
    dryRun: z.literal(true),
    plan: z.array(
      z.looseObject({
        absolute: z.string(),
        action: z.enum(['create', 'change', 'remove']),
        diff: z.string().meta({ description: 'Unified diff.' }),
      }),
    ),
    result: z.unknown().meta({ description: 'What would have been answered.' }),
  })
  .meta({ id: 'PlannedChanges' });
