import type { Messages } from '../contracts.js';

type Catalogue = Record<string, string>;
const all = new WeakMap<Messages, Map<string, Catalogue>>();

/**
 * Texts by language, merged from several sources (the kernel's own first, see `readCatalogues`): a later source cannot
 * replace a key that an earlier one has. `{name}` in a text is replaced by the parameter of that name.
 */
export function createMessages(sources: readonly Record<string, Catalogue>[]): Messages {
  const languages = new Map<string, Catalogue>([['en', {}]]);
  for (const source of sources) {
    for (const [language, texts] of Object.entries(source))
      languages.set(language, { ...texts, ...languages.get(language) });
  }
  const messages: Messages = {
    t(language, key, params = {}) {
      const text = lookUp(languages, language, key);
      if (text === undefined) return key;
      return text.replace(/\{([a-zA-Z0-9]+)\}/g, (whole, name: string) => String(params[name] ?? whole));
    },
    languages: () => [...languages.keys()],
  };
  all.set(messages, languages);
  return messages;
}

/** Every text of a language, with English where it has none. */
export function catalogueOf(messages: Messages, language: string): Catalogue {
  const languages = all.get(messages);
  return {
    ...languages?.get('en'),
    ...languages?.get(language.split('-')[0] ?? ''),
    ...languages?.get(language),
  };
}

function lookUp(languages: Map<string, Catalogue>, language: string, key: string): string | undefined {
  for (const one of [language, language.split('-')[0] ?? '', 'en']) {
    const texts = languages.get(one);
    if (texts && Object.hasOwn(texts, key)) return texts[key];
  }
  return undefined;
}
