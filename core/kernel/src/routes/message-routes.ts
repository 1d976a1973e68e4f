import { z, type RouteSpec } from '@tenpanel/sdk';
import type { Kernel } from '../contracts.js';
import { catalogueOf } from '../i18n/create-messages.js';
import { defineRoute } from './define-route.js';

/** The texts of the kernel and the plugins, for the user interface (also before anybody has signed in). */
export function messageRoutes(kernel: Kernel): RouteSpec[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/messages/{language}',
      permission: 'public',
      summary: 'All texts of a language; what is not translated is in English',
      params: z.strictObject({ language: z.string().regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/) }),
      reply: z.strictObject({
        language: z.string(),
        languages: z.array(z.string()),
        messages: z.record(z.string(), z.string()),
      }),
      transaction: false,
      command: false,
      handler: async (ctx) => ({
        language: ctx.params.language,
        languages: kernel.i18n.languages(),
        messages: catalogueOf(kernel.i18n, ctx.params.language),
      }),
    }),
  ];
}
