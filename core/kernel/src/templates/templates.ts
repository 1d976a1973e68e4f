import { join } from 'node:path';
import { emitters } from '@tenpanel/sdk';
import { EmittingEta } from './emitting-eta.js';

const NAME = /^(?:[a-z0-9][a-z0-9_-]*\/)*[a-z0-9][a-z0-9._-]*\.([a-z]+)\.eta$/;

export type Render = (template: string, data: Record<string, unknown>) => string;

/**
 * The templates of one plugin, in the folder `templates` of its package. `render('site.nginx.eta', data)` escapes
 * for nginx, because of the suffix before `.eta`. A name without a known language is refused: text that nobody
 * escapes must not reach a configuration.
 */
export function createTemplates(pluginDir: string): Render {
  const views = join(pluginDir, 'templates');
  const engines = new Map<string, EmittingEta>();
  return (template, data) => {
    const language = NAME.exec(template)?.[1];
    const emitter =
      language === undefined || !Object.hasOwn(emitters, language) ? undefined : emitters[language];
    if (!language || !emitter) {
      throw new Error(
        `Template ${JSON.stringify(template)}: name it <name>.<language>.eta, with one of ${Object.keys(emitters).join(', ')}.`,
      );
    }
    const engine = engines.get(language) ?? new EmittingEta(emitter, views);
    engines.set(language, engine);
    return engine.render(template, data);
  };
}
