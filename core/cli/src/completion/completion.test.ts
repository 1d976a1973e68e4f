import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenApiDocument } from '../api/openapi.js';
import { smallPanel } from '../testing/small-panel.js';

const document: OpenApiDocument = {
  paths: {
    '/api/vhosts': {
      get: { responses: {}, 'x-tenpanel-command': { noun: 'vhosts', verb: 'list' } },
      post: {
        requestBody: {
          content: {
            'application/json': {
              schema: { type: 'object', properties: { type: { type: 'string', enum: ['php', 'static'] } } },
            },
          },
        },
        responses: {},
        'x-tenpanel-command': { noun: 'vhosts', verb: 'create' },
      },
    },
  },
};

let panel: Awaited<ReturnType<typeof smallPanel>>;
beforeAll(async () => {
  panel = await smallPanel(document, {});
});
afterAll(() => panel.close());
const complete = async (...words: string[]) =>
  (await panel.run(['__complete', '--', ...words])).out.split('\n');

describe('completion', () => {
  it('knows local commands and those of the API', async () => {
    expect(await complete('')).toEqual(expect.arrayContaining(['doctor', 'plugin', 'vhosts']));
    expect(await complete('vh')).toEqual(['vhosts']);
    expect(await complete('vhosts', '')).toEqual(['create', 'list']);
    expect(await complete('plugin', 'en')).toEqual(['enable']);
  });

  it('knows options and the values they allow', async () => {
    expect(await complete('vhosts', 'create', '--ty')).toEqual(['--type']);
    expect(await complete('vhosts', 'create', '--type', '')).toEqual(['php', 'static']);
    expect(await complete('safe-mode', '')).toEqual(['off', 'on', 'status']);
  });

  it.each(['bash', 'zsh', 'fish'])('prints a script for %s that asks the command', async (shell) => {
    const { out, exitCode } = await panel.run(['completion', shell]);
    expect(exitCode).toBe(0);
    expect(out).toContain('tenpanel __complete --');
  });
});
