import type { TestPanel } from '@tenpanel/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFullPanel } from './full-panel.js';

const file = '/etc/nginx/conf.d/tp-a.example.com.conf';

interface Drifted {
  id: number;
  absolute: string;
  resource: string;
  state: string;
  keptAt: string | null;
  keptBy: string | null;
}

describe('files that were changed by hand', () => {
  let panel: TestPanel;
  const scan = async () => (await panel.api.post<{ items: Drifted[] }>('/drift')).body.items;
  const site = async () =>
    (await panel.api.get<{ status: string; conditions: { type: string; message: string }[] }>('/vhosts/1'))
      .body;
  const edit = (change: (text: string) => string) =>
    panel.agent.edit(file, change(panel.agent.file(file) ?? ''));
  const one = async (): Promise<Drifted> => {
    const [found] = await scan();
    if (!found) throw new Error('No file was found changed.');
    return found;
  };

  beforeAll(async () => {
    panel = await startFullPanel();
    const plan = await panel.api.post<{ id: number }>('/plans', { name: 'standard', limits: {} });
    await panel.api.post('/accounts', { name: 'alice', plan: plan.body.id });
    await panel.settle();
    await panel.api.post('/vhosts', { account: 1, domain: 'a.example.com' });
    await panel.settle();
    expect(panel.agent.file(file)).toContain('a.example.com');
  });
  afterAll(() => panel?.stop());

  it('are none at first', async () => {
    expect(await scan()).toEqual([]);
  });

  it('are found, with the lines that differ', async () => {
    edit((text) => `${text}# by hand\n`);
    expect(await scan()).toEqual([
      expect.objectContaining({ absolute: file, resource: 'vhost/1', state: 'edited', keptAt: null }),
    ]);
    const { id } = await one();
    const { body } = await panel.api.get<{ diff: string }>(`/drift/${id}`);
    expect(body.diff).toMatch(/^\+# by hand$/m);
    expect(body.diff).not.toMatch(/^-[^-]/m);
    const { body: log } = await panel.api.get<{ items: { action: string; summary: string }[] }>('/audit');
    expect(log.items).toContainEqual(
      expect.objectContaining({ action: 'drift.found', summary: `${file} is edited` }),
    );
  });

  it('are written into the log once, however often one looks', async () => {
    const rows = async () =>
      (await panel.api.get<{ items: { action: string }[] }>('/audit')).body.items.filter(
        ({ action }) => action === 'drift.found',
      ).length;
    const before = await rows();
    await scan();
    await scan();
    expect(await rows()).toBe(before);
  });

  it('hold up changes of their object, which says why', async () => {
    await panel.api.patch('/vhosts/1', { www: 'none' });
    await panel.settle();
    expect(await site()).toMatchObject({ status: 'degraded' });
    expect(panel.agent.file(file)).toContain('# by hand');
  });

  it('stay as they are once an administrator keeps them, and the object is well', async () => {
    const { id } = await one();
    const kept = await panel.api.post<Drifted>(`/drift/${id}/keep`);
    expect(kept.body).toMatchObject({ keptBy: expect.any(String) as string });
    await panel.settle();
    expect(await site()).toMatchObject({
      status: 'active',
      conditions: expect.arrayContaining([
        expect.objectContaining({
          type: 'Kept',
          message: 'Left as they were changed by hand: tp-a.example.com.conf.',
        }),
      ]) as unknown,
    });
    await panel.api.patch('/vhosts/1', { aliases: ['b.example.com'] });
    await panel.settle();
    expect(panel.agent.file(file)).toContain('# by hand');
    expect(panel.agent.file(file)).not.toContain('b.example.com');
    expect((await panel.api.get<{ items: unknown[] }>('/plan')).body.items).toEqual([]);
    const { body } = await panel.api.get<{ diff: string }>(`/drift/${id}`);
    expect(body.diff).toMatch(/^-.*b\.example\.com/m);
  });

  it('are no longer kept when somebody edits them once more', async () => {
    edit((text) => `${text}# again\n`);
    expect(await one()).toMatchObject({ state: 'edited', keptAt: null });
  });

  it('are put back when asked, with all that was changed meanwhile', async () => {
    const { id } = await one();
    expect((await panel.api.post(`/drift/${id}/restore`)).status).toBe(204);
    await panel.settle();
    expect(panel.agent.file(file)).not.toContain('by hand');
    expect(panel.agent.file(file)).toContain('b.example.com');
    expect(await scan()).toEqual([]);
    expect((await site()).status).toBe('active');
  });

  it('are put back from being kept, too', async () => {
    edit((text) => `${text}# by hand\n`);
    const { id } = await one();
    await panel.api.post(`/drift/${id}/keep`);
    await panel.settle();
    await panel.api.post(`/drift/${id}/restore`);
    await panel.settle();
    expect(panel.agent.file(file)).not.toContain('by hand');
    expect(await scan()).toEqual([]);
  });

  it('go with their object', async () => {
    edit((text) => `${text}# by hand\n`);
    const { id } = await one();
    await panel.api.post(`/drift/${id}/keep`);
    await panel.settle();
    await panel.api.delete('/vhosts/1');
    await panel.settle();
    expect(panel.agent.file(file)).toBeNull();
    expect(await scan()).toEqual([]);
  });
});

describe('applying everything', () => {
  it('writes nothing when nothing differs, and what differs when it does', async () => {
    const panel = await startFullPanel();
    try {
      await panel.api.post('/plans', { name: 'standard', limits: {} });
      await panel.api.post('/accounts', { name: 'alice', plan: 1 });
      await panel.settle();
      const { body } = await panel.api.post<{ objects: number }>('/plan/apply');
      expect(body.objects).toBeGreaterThan(1);
      await panel.settle();
      expect((await panel.api.get('/plan/queue')).body).toEqual({ waiting: 0, failing: 0 });
      expect((await panel.api.get<{ items: unknown[] }>('/plan')).body.items).toEqual([]);
    } finally {
      await panel.stop();
    }
  });
});
