/** Never text of any field: refused everywhere, and the answer names the field. */
export const neverTaken: Record<string, unknown> = {
  'a NUL': 'a\u0000b',
  'an escape': 'a\u001b[2Jb',
  'a delete': 'a\u007fb',
  'a line separator': 'a\u2028b',
  'a right-to-left override': 'a\u202Eb',
  'half a surrogate pair': 'a\ud800b',
  '64 KB and more': 'a'.repeat(262_145),
  'an object': { a: 1 },
  'a list': [['a']],
  'a prototype': JSON.parse('{"__proto__": {"admin": true}}') as unknown,
  'a constructor': { constructor: { prototype: { admin: true } } },
};

/** Refused unless the field takes text of several lines. */
export const lineBreaks: Record<string, string> = {
  'a line feed': 'a\nserver { listen 81; }',
  'a carriage return': 'a\r\nX-Injected: 1',
  'a tab': 'a\tb',
};

/** Refused by everything but words for people, who may quote and write in any script. */
export const injections: Record<string, string> = {
  quotes: `a"b'c`,
  backticks: '`id`',
  'a command substitution': '$(id)',
  'a second command': 'a;id',
  'a pipe': 'a|id',
  'a way up': '../../etc/passwd',
  'an absolute path with a way up': '/var/../etc/shadow',
  'an option': '--help',
  'a name with two dots': 'test..com',
  'a percent-encoded slash': 'a%2f..%2fb',
  'a brace': 'a{b}c',
  'a dollar name': '$document_root',
  'right-to-left text': 'مرحبا',
  'a homoglyph': 'аpple.com',
  'a full-width slash': 'a／b',
};
