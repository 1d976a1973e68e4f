import { z } from '@tenpanel/sdk';

export const versionSchema = z.strictObject({
  version: z.string(),
  endOfLife: z.string().nullable().describe('Last day of security fixes, YYYY-MM-DD.'),
  badge: z.enum(['supported', 'securityOnly', 'endOfLife', 'unknown']),
  isDefault: z.boolean(),
  path: z.string(),
  extensions: z.array(z.string()),
});
