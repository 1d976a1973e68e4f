import { describe, expect, it } from 'vitest';
import { isPublic, parseTarget, resolveTarget } from './proxy-target.js';

describe('the target of a proxy site', () => {
  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.31.255.255',
    '192.168.0.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    '::1',
    '::',
    '::ffff:127.0.0.1',
    'fe80::1',
    'fd00::1',
    'ff02::1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '2001:db8::1',
    'not an address',
  ])('%s is no public address', (address) => expect(isPublic(address)).toBe(false));

  it.each(['93.184.216.34', '2606:2800:220:1::1', '172.32.0.1'])('%s is one', (address) =>
    expect(isPublic(address)).toBe(true),
  );

  it.each([
    'http://127.1/',
    'http://0x7f000001/',
    'http://[::1]/',
    'http://[::ffff:7f00:1]/',
    'https://localhost/',
    'https://db.internal/',
    'https://intranet/',
    'ftp://a.example/',
    'http://u:p@a.example/',
    'http://a.example/?q',
    'http://a.example/$x',
    'http://a.example/"',
    'nonsense',
  ])('%s is refused', (url) => expect(() => parseTarget(url, false)).toThrow());

  it('may lie inside for an administrator', () => {
    expect(parseTarget('http://127.0.0.1:3000/app', true).port).toBe('3000');
    expect(() => parseTarget('http://127.0.0.1/$x', true)).toThrow();
  });

  it('gives no private address to others, even where a name leads to one', async () => {
    expect(await resolveTarget('http://127.0.0.1/', false)).toEqual([]);
    expect(await resolveTarget('http://127.0.0.1/', true)).toEqual(['127.0.0.1']);
    expect(await resolveTarget('http://93.184.216.34/', false)).toEqual(['93.184.216.34']);
  });
});
