import type { UiHost } from '@tenpanel/ui-sdk';
import { read } from '../api/request.js';
import { session } from '../api/session.js';

type Translate = (key: string, values: Record<string, unknown>) => string;

/** The panel as one plugin's components see it. */
export function hostFor(plugin: string, t: Translate): UiHost {
  return {
    plugin,
    get: (path) => session.get(`/api${path}`),
    async send(method, path, body) {
      const idempotencyKey = crypto.randomUUID();
      return read(
        await session.call(method, `/api${path}`, {
          ...(body === undefined ? {} : { body }),
          ...(method === 'POST' ? { idempotencyKey } : {}),
        }),
      );
    },
    may: (permission) => session.may(permission),
    t: (key, values = {}) => t(`${plugin}.${key}`, values),
  };
}
