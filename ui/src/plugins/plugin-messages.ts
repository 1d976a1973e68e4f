import { session } from '../api/session.js';

type Tree = { [key: string]: Tree | string };

// Signs that have a meaning in the messages of vue-i18n, but none in those of the panel.
const literal = (text: string): string => text.replace(/[@|]/g, (sign) => `{'${sign}'}`);

/** The texts of these plugins in a language, as the tree that vue-i18n takes. */
export async function pluginMessages(plugins: readonly string[], language: string): Promise<Tree> {
  if (plugins.length === 0) return {};
  const { messages } = await session.get<{ messages: Record<string, string> }>(`/api/messages/${language}`);
  const tree: Tree = {};
  for (const [key, text] of Object.entries(messages)) {
    const words = key.split('.');
    const last = words.pop();
    if (last === undefined || !plugins.includes(words[0] ?? '')) continue;
    let at = tree;
    for (const word of words) {
      const next = at[word];
      at = at[word] = typeof next === 'object' ? next : {};
    }
    at[last] = literal(text);
  }
  return tree;
}
