import { startTestPanel } from '@tenpanel/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let panel;
let accountId;

beforeAll(async () => {
  panel = await startTestPanel({
    plugins: [new URL('.', import.meta.url), new URL('../../../plugins/accounts', import.meta.url)],
  });
  const plan = await panel.api.post('/plans', { name: 'Small', limits: { greetings: 2 } });
  const account = await panel.api.post('/accounts', { name: 'alice', plan: plan.body.id });
  accountId = account.body.account.id;
  await panel.settle();
});
afterAll(() => panel?.stop());

describe('hello', () => {
  it('greets a new account in the transaction that creates it', async () => {
    const { body } = await panel.api.get('/greetings', { query: { accountId } });
    expect(body.items.map((greeting) => greeting.text)).toEqual(['Welcome!']);
  });

  it('holds the limit of the plan', async () => {
    const second = await panel.api.post('/greetings', { accountId, text: 'Good morning' });
    expect(second.status).toBe(201);
    const third = await panel.api.post('/greetings', { accountId, text: 'Good evening' });
    expect(third.status).toBe(409);
    expect(third.body.code).toBe('limit.reached');
  });

  it('sends a greeting as a job', async () => {
    const { body } = await panel.api.get('/greetings', { query: { accountId } });
    const started = await panel.api.post(`/greetings/${body.items[0].id}/send`);
    expect(started.status).toBe(202);
    await panel.settle();
    const after = await panel.api.get('/greetings', { query: { accountId } });
    expect(after.body.items.find((greeting) => greeting.id === body.items[0].id).sentAt).not.toBeNull();
  });

  it('shows a customer nothing of other customers', async () => {
    const stranger = await panel.as('client');
    expect((await stranger.get('/greetings')).body.items).toEqual([]);
    const refused = await stranger.post('/greetings', { accountId, text: 'Hi' });
    expect(refused.status).toBe(404);
  });

  it('refuses a greeting of two lines', async () => {
    const { status, body } = await panel.api.post('/greetings', { accountId, text: 'one\ntwo' });
    expect(status).toBe(422);
    expect(JSON.stringify(body)).toContain('text');
  });
});
