import { describe, expect, it } from 'vitest';
import { parseAccess, type AccessEntry } from './access-entry.js';
import { combinedLine } from './combined-line.js';
import { errorNames, nameCandidates } from './error-names.js';

const entry = (values: Partial<AccessEntry> = {}): AccessEntry => ({
  site: '7',
  time: '2026-11-20T10:00:00+01:00',
  address: '192.0.2.1',
  user: '',
  method: 'GET',
  uri: '/a?b=c',
  protocol: 'HTTP/1.1',
  status: '200',
  bytes: '512',
  cache: 'HIT',
  referer: '',
  agent: 'curl/8',
  ...values,
});

describe('a line of the customer’s access log', () => {
  it('has the combined format', () => {
    expect(combinedLine(entry())).toBe(
      '192.0.2.1 - - [20/Nov/2026:10:00:00 +0100] "GET /a?b=c HTTP/1.1" 200 512 "-" "curl/8"',
    );
    expect(
      combinedLine(entry({ user: 'anna', referer: 'https://x.test/', time: '2026-01-02T03:04:05Z' })),
    ).toBe(
      '192.0.2.1 - anna [02/Jan/2026:03:04:05 +0000] "GET /a?b=c HTTP/1.1" 200 512 "https://x.test/" "curl/8"',
    );
    expect(combinedLine(entry({ method: '', uri: '', protocol: '' }))).toContain('] "-" 200');
  });

  it('cannot be forged by what a visitor sends', () => {
    const line = combinedLine(entry({ agent: 'a" 200 1\n1.2.3.4 - - \\ ü', user: 'a b' }));
    expect(line).not.toContain('\n');
    expect(line).toContain('"a\\x22 200 1\\x0A1.2.3.4 - - \\x5C \\xC3\\xBC"');
    expect(line).toContain(' - a\\x20b [');
  });

  it('comes only from lines of a site', () => {
    expect(parseAccess('{"site":"7","time":"2026-11-20T10:00:00+01:00","uri":5}')).toMatchObject({ uri: '' });
    for (const line of [
      '{"site":"0","time":"2026-11-20T10:00:00Z"}',
      '{"site":"7","time":"now"}',
      'text',
      'null',
    ])
      expect(parseAccess(line), line).toBeNull();
  });
});

describe('the sites that an error line may be about', () => {
  it.each([
    [
      '1#1: *7 too large, client: 1.2.3.4, server: a.test, request: "POST / HTTP/1.1", host: "www.a.test"',
      ['a.test', 'www.a.test'],
    ],
    [
      '1#1: *7 forbidden, client: 1.2.3.4, server: _, request: "GET / HTTP/1.1", host: "A.test:8080"',
      ['a.test'],
    ],
    [
      '1#1: *7 of "/home/a/d", host: "b.test/" is forbidden, client: 1.2.3.4, server: _, request: "GET / HTTP/1.1", host: "a.test", referrer: "http://r", host: "c.test""',
      ['b.test/', 'a.test', 'c.test'],
    ],
    ['1#1: signal process started', []],
  ])('are all that it names: %s', (line, names) => {
    expect(errorNames(line)).toEqual(names);
  });

  it('are found by wildcards as well, the closest first', () => {
    expect(nameCandidates('x.a.test')).toEqual(['x.a.test', '*.a.test', '*.test']);
  });
});
