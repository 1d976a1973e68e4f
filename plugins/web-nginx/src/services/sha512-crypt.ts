import { createHash, randomBytes } from 'node:crypto';

const ALPHABET = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const ROUNDS = 5000;
// The order in which the bytes of the digest are written, three at a time (Ulrich Drepper, "SHA-crypt", 2007).
const ORDER: readonly (readonly [number, number, number])[] = Array.from({ length: 21 }, (_, at) => {
  const group: [number, number, number] = [at, at + 21, at + 42];
  const turn = at % 3;
  return [group[turn] ?? 0, group[(turn + 1) % 3] ?? 0, group[(turn + 2) % 3] ?? 0];
});

const sha512 = (...parts: Buffer[]): Buffer =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha512')).digest();
const repeated = (block: Buffer, length: number): Buffer =>
  Buffer.concat([...Array<Buffer>(Math.floor(length / 64)).fill(block), block.subarray(0, length % 64)]);

/**
 * A password as `$6$<salt>$<hash>`, which nginx checks by the C library's crypt(3). Takes about 10 ms.
 */
export function sha512Crypt(password: string, salt: string = randomSalt()): string {
  const secret = Buffer.from(password, 'utf8');
  const pepper = Buffer.from(salt, 'latin1');
  const first = sha512(secret, pepper, secret);
  const bits: Buffer[] = [];
  for (let length = secret.length; length > 0; length >>= 1) bits.push(length & 1 ? first : secret);
  let digest = sha512(secret, pepper, repeated(first, secret.length), ...bits);
  const p = repeated(sha512(...Array<Buffer>(secret.length).fill(secret)), secret.length);
  const s = repeated(sha512(...Array<Buffer>(16 + (digest[0] ?? 0)).fill(pepper)), pepper.length);
  for (let round = 0; round < ROUNDS; round += 1) {
    const odd = round % 2 === 1;
    digest = sha512(odd ? p : digest, ...(round % 3 ? [s] : []), ...(round % 7 ? [p] : []), odd ? digest : p);
  }
  return `$6$${salt}$${encode(digest)}`;
}

function encode(digest: Buffer): string {
  const at = (index: number): number => digest[index] ?? 0;
  const groups = ORDER.map(([a, b, c]) => sixBits((at(a) << 16) | (at(b) << 8) | at(c), 4));
  return groups.join('') + sixBits(at(63), 2);
}

function sixBits(value: number, signs: number): string {
  return Array.from({ length: signs }, (_, index) => ALPHABET[(value >> (6 * index)) & 63]).join('');
}

function randomSalt(): string {
  return [...randomBytes(16)].map((byte) => ALPHABET[byte & 63]).join('');
}
