import { describe, expect, it } from 'vitest';
import { keysAbove, reversedName } from './domain-claims.js';

describe('the key of a domain name', () => {
  it('is a prefix of the keys of all names below it, and of no other', () => {
    expect(reversedName('sub.example.com').startsWith(reversedName('example.com'))).toBe(true);
    expect(reversedName('notexample.com').startsWith(reversedName('example.com'))).toBe(false);
    expect(reversedName('example.community').startsWith(reversedName('example.com'))).toBe(false);
  });

  it('is looked up for the names above, down to the one that can be registered', () => {
    expect(keysAbove('a.b.example.co.uk')).toEqual([
      'uk.co.example.b.a.',
      'uk.co.example.b.',
      'uk.co.example.',
    ]);
    expect(keysAbove('example.com')).toEqual(['com.example.']);
    // The sites of two people below a hosting service's suffix have nothing to do with each other.
    expect(keysAbove('blog.alice.github.io')).toEqual(['io.github.alice.blog.', 'io.github.alice.']);
  });
});
