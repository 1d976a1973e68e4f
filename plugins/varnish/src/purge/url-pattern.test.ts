import { FieldError } from '@tenpanel/sdk';
import { describe, expect, it } from 'vitest';
import { urlPattern } from './url-pattern.js';

const matches = (url: string, address: string) => new RegExp(urlPattern(url)).test(address);

describe('the pattern of a purge', () => {
  it('takes a page with all its queries', () => {
    expect(matches('/a.b', '/a.b')).toBe(true);
    expect(matches('/a.b', '/a.b?x=1')).toBe(true);
    expect(matches('/a.b', '/a.b/c')).toBe(false);
    expect(matches('/a.b', '/axb')).toBe(false);
  });
  it('takes one query exactly, and everything below a star', () => {
    expect(matches('/a?x=1', '/a?x=1')).toBe(true);
    expect(matches('/a?x=1', '/a?x=12')).toBe(false);
    expect(matches('/blog/*', '/blog/2026/post')).toBe(true);
    expect(matches('/blog/*', '/blogs')).toBe(false);
  });
  it.each(['a', '/a b', '/a"b', '/a\\b', '/a\n', '/a#b', '/a[b', '/a^', '/a|b', `/${'a'.repeat(500)}`])(
    'refuses %j',
    (url) => {
      expect(() => urlPattern(url)).toThrow(FieldError);
    },
  );
});
