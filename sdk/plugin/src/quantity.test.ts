import { describe, expect, it } from 'vitest';
import { parseSize, quantity } from './quantity.js';

describe('a size', () => {
  it.each([
    ['0', 0],
    ['1000', 1000],
    ['512M', 512 * 2 ** 20],
    ['512m', 512 * 2 ** 20],
    ['1.5 GiB', 1.5 * 2 ** 30],
    ['2GB', 2 * 2 ** 30],
    ['10K', 10_240],
    ['1T', 2 ** 40],
  ])('%s is %d bytes', (text, bytes) => expect(parseSize(text)).toBe(bytes));

  it.each([
    '',
    'M',
    '-1',
    '1e9',
    '0x10',
    '1,5G',
    '1.2345G',
    '5 5',
    '512 MX',
    '9999999999P',
    '1\n2',
    'NaN',
    'Infinity',
  ])('%j is none', (text) => expect(parseSize(text)).toBeNull());
});

describe('a limit', () => {
  it('takes numbers, sizes, percentages and words for unlimited', () => {
    expect(
      ['2G', 100, '150%', '100', 'unlimited', 'None', null].map((value) => quantity.parse(value)),
    ).toEqual([2 ** 31, 100, 150, 100, null, null, null]);
  });

  it.each([-1, 1.5, Number.NaN, Number.MAX_SAFE_INTEGER + 2, 'lots', '', true, {}, [1]])(
    'refuses %j',
    (value) => {
      expect(quantity.safeParse(value).success).toBe(false);
    },
  );
});
