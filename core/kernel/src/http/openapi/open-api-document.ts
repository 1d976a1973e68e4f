import { createDocument, type ZodOpenApiPathsObject } from 'zod-openapi';
import { sdkVersion } from '@tenpanel/sdk';
import type { KernelConfig } from '../../contracts.js';
import type { LoadedRoute } from '../loaded-route.js';
import { operationOf } from './operation-of.js';
import { problemSchema } from './problem-schema.js';

type Document = ReturnType<typeof createDocument>;

/** The OpenAPI 3.1 document of everything that is loaded. */
export function openApiDocument(
  config: Pick<KernelConfig, 'publicUrl'>,
  routes: readonly LoadedRoute[],
): Document {
  const specs = routes.map(({ spec }) => spec);
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of [...routes].sort((a, b) => a.spec.path.localeCompare(b.spec.path))) {
    const path = `/api${route.spec.path}`;
    paths[path] = { ...paths[path], [route.spec.method.toLowerCase()]: operationOf(route, specs) };
  }
  const tags = [
    ...new Set(specs.flatMap((spec) => spec.tags ?? [spec.path.split('/')[1] ?? 'panel'])),
  ].sort();
  return createDocument(
    {
      openapi: '3.1.0',
      info: {
        title: '10panel',
        version: sdkVersion,
        description:
          'Everything the panel does. Errors are problem+json (RFC 9457). Lists take `limit`, `cursor` and `sort`. ' +
          'Times are ISO 8601 in UTC, sizes are bytes.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: new URL(config.publicUrl).origin }],
      tags: tags.map((name) => ({ name })),
      security: [{ bearer: [] }],
      paths: paths as ZodOpenApiPathsObject,
      components: {
        schemas: { Problem: problemSchema },
        securitySchemes: {
          bearer: {
            type: 'http',
            scheme: 'bearer',
            description:
              'An access token from POST /api/auth/login (10 minutes), or an API token that starts with `tpk_`.',
          },
        },
      },
    },
    {
      override: ({ jsonSchema, zodSchema, io }) => {
        if (io === 'output' && zodSchema._zod.def.type === 'date') {
          jsonSchema.type = 'string';
          jsonSchema.format = 'date-time';
        }
      },
      allowEmptySchema: { unknown: true, any: true, custom: true },
    },
  );
}
