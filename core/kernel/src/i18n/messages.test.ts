import { describe, expect, it } from 'vitest';
import { matchLanguage } from '../http/match-language.js';
import { catalogueOf, createMessages } from './create-messages.js';
import { kernelLocales, readCatalogues } from './read-catalogues.js';

describe('messages', () => {
  it('fall back from the regional language to the language, to English, to the key', () => {
    const messages = createMessages([{ en: { a: 'A {n}', b: 'B' }, de: { a: 'Ä {n}' } }]);
    expect(messages.t('de-AT', 'a', { n: 3 })).toBe('Ä 3');
    expect(messages.t('de', 'b')).toBe('B');
    expect(messages.t('de', 'constructor')).toBe('constructor');
    expect(catalogueOf(messages, 'de')).toEqual({ a: 'Ä {n}', b: 'B' });
  });

  it('of a plugin do not replace those of the kernel or of a plugin before it', () => {
    const messages = createMessages([
      { en: { a: 'kernel' } },
      { en: { a: 'plugin', c: 'own' }, fr: { c: 'propre' } },
    ]);
    expect([messages.t('en', 'a'), messages.t('fr', 'c'), messages.languages()]).toEqual([
      'kernel',
      'propre',
      ['en', 'fr'],
    ]);
  });

  it('of the kernel are complete in every language, with the same parameters', async () => {
    const { en = {}, ...others } = await readCatalogues(kernelLocales);
    expect(Object.keys(others)).toContain('de');
    const parameters = (text = ''): string[] =>
      [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '').sort();
    for (const [language, texts] of Object.entries(others)) {
      expect(Object.keys(texts).sort(), language).toEqual(Object.keys(en).sort());
      for (const [key, text] of Object.entries(texts))
        expect(parameters(text), `${language} ${key}`).toEqual(parameters(en[key]));
    }
  });
});

describe('the language of an answer', () => {
  it('is the person’s choice, else the best of what the browser asks for', () => {
    const offered = ['en', 'de', 'pt-BR'];
    expect(matchLanguage('de;q=0.4, pt-br;q=0.9', offered, null)).toBe('pt-BR');
    expect(matchLanguage('fr, de-CH;q=0.5', offered, null)).toBe('de');
    expect(matchLanguage('de', offered, 'en')).toBe('en');
    expect(matchLanguage('*;q=0, xx', offered, null)).toBe('en');
  });
});
