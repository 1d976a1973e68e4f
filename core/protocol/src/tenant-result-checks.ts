import type { Check } from './check/check.js';
import { relativePath } from './check/names.js';
import { flag, integer, word } from './check/scalars.js';
import { list, object } from './check/structures.js';
import { contents } from './check/text.js';
import type { OperationName, OperationResult } from './operations.js';

type TenantOperation = Extract<OperationName, `tenant.${string}`>;

// Names in a home are the customer's: any bytes but a slash may stand in them.
const anyName = contents(1024);
const entry = object<OperationResult<'tenant.list'>['entries'][number]>({
  name: anyName,
  type: word('file', 'directory', 'symlink', 'other'),
  size: integer(0),
  mode: contents(8),
  modified: contents(40),
});

/**
 * What the customer's own process answers. It runs with the customer's rights, so the agent believes it no more than
 * any other caller: the shape is checked as strictly as that of a request.
 */
export const tenantResultChecks: { [N in TenantOperation]: Check<OperationResult<N>> } = {
  'tenant.mkdir': object({ created: list(relativePath(), 10_000) }),
  'tenant.write': object({ written: flag }),
  'tenant.append': object({
    failed: list(object({ path: relativePath(), reason: contents(500) }), 1000),
  }),
  'tenant.read': object({
    content: contents(24 * 1024 * 1024),
    encoding: word('utf8', 'base64'),
    truncated: flag,
  }),
  'tenant.list': object({ entries: list(entry, 10_000) }),
  'tenant.remove': object({ removed: flag }),
  'tenant.rename': object({ renamed: flag }),
};
