import { domainName, idParam, z } from '@tenpanel/sdk';
import { describe, expect, it } from 'vitest';
import { parseInput } from './parse-input.js';
import { ValidationError } from './validation-error.js';

const schema = z.strictObject({
  account: idParam,
  domain: domainName,
  kind: z.enum(['php', 'static']).optional(),
  tags: z.array(z.string().min(2)).max(1).optional(),
  owner: z.strictObject({ email: z.email() }).optional(),
});

async function refused(value: unknown): Promise<Record<string, string>> {
  const error: unknown = await parseInput('body', schema, value).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ValidationError)) throw new Error('It was taken.');
  return Object.fromEntries(error.errors.map((one) => [one.path.join('.'), `${one.code} ${one.message}`]));
}

describe('what a person reads about a value that cannot be taken', () => {
  it('says that a field is missing, also for a number', async () => {
    expect(await refused({})).toEqual({
      account: 'http.missing This is missing.',
      domain: 'http.missing This is missing.',
    });
  });

  it('says what to write instead of speaking of types', async () => {
    expect(
      await refused({ account: 'x', domain: 3, kind: 'perl', tags: ['ab', 'bc'], owner: { email: 'me' } }),
    ).toEqual({
      account: 'http.invalidType Write a number.',
      domain: 'http.invalidType Write text.',
      kind: 'http.invalidValue Write one of php, static.',
      tags: 'http.tooBig Write at most 1 entry.',
      'owner.email': 'http.invalidFormat Write an e-mail address such as name@example.com.',
    });
  });

  it('counts characters', async () => {
    expect((await refused({ account: 1, domain: 'example.com', tags: ['a'] }))['tags.0']).toBe(
      'http.tooSmall Write at least 2 characters.',
    );
  });

  it('keeps the words of the schema', async () => {
    const { domain } = await refused({ account: 1, domain: 'not a name' });
    expect(domain).toMatch(/letters, digits, dashes and dots/);
    expect((await refused({ account: 0, domain: '' }))['domain']).toMatch(/such as example.com/);
    expect((await refused({ account: 0, domain: '' }))['account']).toMatch(/at least 1/);
  });
});
