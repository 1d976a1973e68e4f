import { z, type RouteSpec } from '@tenpanel/sdk';
import type { Kernel } from '../contracts.js';
import { defineRoute } from '../routes/define-route.js';
import { pluginUis } from './plugin-ui.js';

const reply = z.strictObject({
  items: z.array(
    z.strictObject({
      id: z.string(),
      title: z.string(),
      version: z.string(),
      entry: z
        .string()
        .meta({ description: 'Address of an ES module whose default export is the UI plugin.' }),
      style: z.string().nullable(),
      integrity: z.string(),
    }),
  ),
});

/** Which plugins have a part in the browser. The shell loads them; what each person sees of them, permissions decide. */
export function uiRoutes(kernel: Kernel): RouteSpec[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/ui/plugins',
      permission: 'self',
      summary: 'The browser parts of the plugins that run',
      reply,
      transaction: false,
      command: false,
      handler: async () => ({
        items: (await pluginUis(kernel)).map(({ id, title, version, entry, style, integrity }) => ({
          id,
          title,
          version,
          entry,
          style,
          integrity,
        })),
      }),
    }),
  ];
}
