import { generateSync } from 'otplib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD, TestPanel } from '../http/test-panel.js';

let panel: TestPanel;
let admin: string;

beforeAll(async () => {
  panel = await TestPanel.start();
  admin = await panel.admin();
});
afterAll(() => panel?.stop());

describe('signing in', () => {
  it('answers an access token that opens the API, and a refresh token', async () => {
    const answer = await panel.ask('POST', '/api/auth/login', {
      body: { login: 'ADMIN@panel.test', password: PASSWORD },
    });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      expiresIn: 600,
      refreshToken: expect.stringMatching(/^tpr_/) as unknown,
    });
    const me = await panel.ask('GET', '/api/me', { token: String(answer.body['accessToken']) });
    expect(me.body).toMatchObject({ email: 'admin@panel.test', role: 'admin', kind: 'user' });
  });

  it('says the same of an unknown user and of a wrong password', async () => {
    const wrong = await panel.ask('POST', '/api/auth/login', {
      body: { login: 'admin@panel.test', password: 'not this one at all' },
    });
    const unknown = await panel.ask('POST', '/api/auth/login', {
      body: { login: 'nobody@panel.test', password: 'not this one at all' },
    });
    expect(wrong.status).toBe(401);
    expect({ ...unknown.body, requestId: '' }).toEqual({ ...wrong.body, requestId: '' });
  });

  it('refuses a token that has expired, was altered, or is signed by somebody else', async () => {
    expect((await panel.ask('GET', '/api/me', { token: `${admin.slice(0, -4)}AAAA` })).status).toBe(401);
    const none = `${Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')}.${admin.split('.')[1]}.`;
    expect((await panel.ask('GET', '/api/me', { token: none })).status).toBe(401);
    panel.now += 601_000;
    expect((await panel.ask('GET', '/api/me', { token: admin })).status).toBe(401);
    admin = await panel.login('admin@panel.test');
  });

  it('gives a browser the refresh token as a cookie only, and takes it only from its own page', async () => {
    const body = { login: 'admin@panel.test', password: PASSWORD, cookie: true };
    const own = { origin: 'https://panel.test:8443', 'x-tenpanel-csrf': '1' };
    expect((await panel.ask('POST', '/api/auth/login', { body })).status).toBe(403);
    const answer = await panel.ask('POST', '/api/auth/login', { body, headers: own });
    expect(answer.body['refreshToken']).toBeNull();
    const cookie = String(answer.headers['set-cookie']?.[0]);
    expect(cookie).toMatch(
      /^__Host-tenpanel-refresh=tpr_[\w-]+; Path=\/; Max-Age=\d+; HttpOnly; Secure; SameSite=Strict$/,
    );
    const sent = { cookie: cookie.split(';')[0] ?? '' };
    const elsewhere = { ...own, ...sent, origin: 'https://evil.example' };
    expect(
      (await panel.ask('POST', '/api/auth/refresh', { body: {}, headers: elsewhere })).body['code'],
    ).toBe('auth.origin');
    expect(
      (await panel.ask('POST', '/api/auth/refresh', { body: {}, headers: { ...sent, origin: own.origin } }))
        .body['code'],
    ).toBe('auth.csrf');
    expect(
      (await panel.ask('POST', '/api/auth/refresh', { body: {}, headers: { ...own, ...sent } })).status,
    ).toBe(200);
    expect((await panel.ask('GET', '/api/me', { headers: { ...own, ...sent } })).status).toBe(401);
  });
});

describe('a refresh token', () => {
  it('works once; using it again ends the whole session, also for the one who has the newer token', async () => {
    const { body } = await panel.ask('POST', '/api/auth/login', {
      body: { login: 'admin@panel.test', password: PASSWORD },
    });
    const first = body['refreshToken'];
    const second = await panel.ask('POST', '/api/auth/refresh', { body: { refreshToken: first } });
    expect(second.status).toBe(200);
    const again = await panel.ask('POST', '/api/auth/refresh', { body: { refreshToken: first } });
    expect(again.body['code']).toBe('auth.refreshReused');
    const newer = await panel.ask('POST', '/api/auth/refresh', {
      body: { refreshToken: second.body['refreshToken'] },
    });
    expect(newer.status).toBe(401);
    expect((await panel.ask('GET', '/api/me', { token: String(second.body['accessToken']) })).status).toBe(
      401,
    );
  });

  it('is void after log-out', async () => {
    const { body } = await panel.ask('POST', '/api/auth/login', {
      body: { login: 'admin@panel.test', password: PASSWORD },
    });
    expect(
      (await panel.ask('POST', '/api/auth/logout', { body: { refreshToken: body['refreshToken'] } })).status,
    ).toBe(204);
    expect(
      (await panel.ask('POST', '/api/auth/refresh', { body: { refreshToken: body['refreshToken'] } })).status,
    ).toBe(401);
    expect((await panel.ask('GET', '/api/me', { token: String(body['accessToken']) })).status).toBe(401);
  });
});

describe('the throttle', () => {
  const tryWith = (address: string, password = 'wrong wrong wrong') =>
    panel.ask('POST', '/api/auth/login', {
      body: { login: 'admin@panel.test', password },
      headers: { 'x-forwarded-for': address },
    });

  it('makes the pair of account and network wait longer and longer, but not the account elsewhere', async () => {
    for (let attempt = 0; attempt < 6; attempt += 1) expect((await tryWith('203.0.113.9')).status).toBe(401);
    const held = await tryWith('203.0.113.77', PASSWORD);
    expect(held.status).toBe(429);
    expect(Number(held.headers['retry-after'])).toBe(1);
    expect((await tryWith('198.51.100.1', PASSWORD)).status).toBe(200);
    panel.now += 1_100;
    expect((await tryWith('203.0.113.9')).status).toBe(401);
    expect(Number((await tryWith('203.0.113.9')).headers['retry-after'])).toBe(2);
    panel.now += 2_100;
    expect((await tryWith('203.0.113.9', PASSWORD)).status).toBe(200);
  });

  it('lets no more through when guesses come at the same time', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => tryWith('192.0.2.5')));
    expect(answers.filter(({ status }) => status === 401).length).toBeLessThanOrEqual(6);
    expect(answers.filter(({ status }) => status === 429).length).toBeGreaterThanOrEqual(14);
  });
});

describe('the second factor', () => {
  it('is switched on with a code, asked at log-in, and each code and backup code works once', async () => {
    panel.now += 3_600_000;
    admin = await panel.login('admin@panel.test');
    const { body: enrolled } = await panel.ask('POST', '/api/me/totp', { token: admin });
    const secret = String(enrolled['secret']);
    const code = () => generateSync({ secret, epoch: Math.floor(panel.now / 1000) });
    const confirmed = await panel.ask('POST', '/api/me/totp/confirm', {
      token: admin,
      body: { code: code() },
    });
    const backup = confirmed.body['backupCodes'] as unknown as string[];
    expect(backup).toHaveLength(10);

    const login = (more: object) =>
      panel.ask('POST', '/api/auth/login', {
        body: { login: 'admin@panel.test', password: PASSWORD, ...more },
      });
    expect((await login({})).body['code']).toBe('auth.codeNeeded');
    expect((await login({ code: code() })).body['code']).toBe('auth.badCode');
    panel.now += 30_000;
    const twice = await Promise.all([login({ code: code() }), login({ code: code() })]);
    expect(twice.map(({ status }) => status).sort()).toEqual([200, 401]);
    expect((await login({ code: backup[0] })).status).toBe(200);
    expect((await login({ code: backup[0] })).status).toBe(401);
    const stored = await panel.db.read('/', (em) =>
      em
        .getConnection()
        .execute<{ totp_secret: string }[]>(
          'select totp_secret from kernel.users where totp_secret is not null',
          [],
          'all',
          em.getTransactionContext(),
        ),
    );
    expect(stored[0]?.totp_secret).toMatch(/^v1\./);
  });
});
