import { describe, expect, it } from 'vitest';
import { sha512Crypt } from './sha512-crypt.js';

describe('sha512Crypt', () => {
  // Made by `openssl passwd -6 -salt …`.
  it.each([
    [
      'open sesame',
      'tenpanel',
      '$6$tenpanel$O6d3mCHFkmyco3FW133SjVQ6GDF2U9hXJjkq1JpPjN522UF.W3xVfGVzRLDRafZdpHw4NhxT8tgwv5Kgc7HdN/',
    ],
    [
      'Hello world!',
      'saltstring',
      '$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1',
    ],
    [
      'pässwörd',
      'a',
      '$6$a$OKrcUSoIZoiG4funxwR5M0Cdjn4r6bVFeOsvtx043G7n7r8nLbeKuJB5/YRFX2PMrcP/rrx/9NoGI.2s53a92.',
    ],
    [
      '0123456789012345678901234567890123456789012345678901234567890123456789-long',
      '0123456789abcdef',
      '$6$0123456789abcdef$9jLTMXtbUfx7qnszmZh5xuMcl8VTn3e.N1gez3GJhFlVfiRyMkd8Z3NaJ7XodKsNmCazAnVUV1iuYKzStYZOA0',
    ],
  ])('makes what the C library checks', (password, salt, hash) => {
    expect(sha512Crypt(password, salt)).toBe(hash);
  });

  it('makes another hash of the same password each time', () => {
    expect(sha512Crypt('same password')).not.toBe(sha512Crypt('same password'));
    expect(sha512Crypt('same password')).toMatch(/^\$6\$[./A-Za-z0-9]{16}\$[./A-Za-z0-9]{86}$/);
  });
});
