import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AgentError, connectAgent, frameReader } from './index.js';

interface Frame {
  id: number;
  op?: string;
  cancel?: boolean;
}

/** A server that speaks the wire format, so that the client is tested over a real socket. */
function serve(path: string, answer: (frame: Frame, socket: Socket) => void): Promise<Server> {
  const server = createServer((socket) => {
    const read = frameReader(
      (line) => answer(JSON.parse(line) as Frame, socket),
      () => socket.destroy(),
    );
    socket.on('data', read);
    socket.on('error', () => undefined);
  });
  return new Promise((resolve) => server.listen(path, () => resolve(server)));
}

let folder = '';
let path = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'client-'));
  path = join(folder, 'agent.sock');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const send = (socket: Socket, frame: unknown): void => void socket.write(`${JSON.stringify(frame)}\n`);

describe('connectAgent', () => {
  it('carries many calls over one connection, answered in any order, with their events', async () => {
    let held: Frame | null = null;
    let connections = 0;
    const server = await serve(path, (frame, socket) => {
      if (frame.op === 'host.facts') return void (held = frame);
      send(socket, { id: frame.id, event: 'working' });
      send(socket, { id: frame.id, ok: true, result: { drivers: [] } });
      if (held) send(socket, { id: held.id, ok: true, result: { cpus: 2 } });
    });
    server.on('connection', () => connections++);
    const agent = connectAgent(path);
    const events: unknown[] = [];
    const slow = agent.call('host.facts', {});
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await agent.call('agent.info', {}, { onEvent: (event) => events.push(event) })).toEqual({
      drivers: [],
    });
    expect(await slow).toEqual({ cpus: 2 });
    expect(events).toEqual(['working']);
    expect(connections).toBe(1);
    agent.close();
    server.close();
  });

  it('rejects with the agent’s own code, words and details', async () => {
    const server = await serve(path, (frame, socket) =>
      send(socket, {
        id: frame.id,
        ok: false,
        error: { code: 'agent.drift', message: 'edited by hand', details: { files: 1 } },
      }),
    );
    const agent = connectAgent(path);
    const error = await agent.call('host.facts', {}).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(AgentError);
    expect(error).toMatchObject({ code: 'agent.drift', message: 'edited by hand', details: { files: 1 } });
    agent.close();
    server.close();
  });

  it('rejects what was under way when the agent goes, and connects again for the next call', async () => {
    const first = await serve(path, (_frame, socket) => socket.destroy());
    const agent = connectAgent(path);
    await expect(agent.call('host.facts', {})).rejects.toMatchObject({ code: 'agent.unavailable' });
    await new Promise((resolve) => first.close(resolve));
    const later = agent.call('host.facts', {});
    const second = await serve(path, (frame, socket) =>
      send(socket, { id: frame.id, ok: true, result: 'back' }),
    );
    expect(await later).toBe('back');
    agent.close();
    second.close();
  });

  it('gives up after the deadline or the signal, and tells the agent', async () => {
    const frames: Frame[] = [];
    const server = await serve(path, (frame) => frames.push(frame));
    const agent = connectAgent(path);
    await expect(agent.call('host.facts', {}, { timeoutSeconds: 0.05 })).rejects.toMatchObject({
      code: 'agent.timeout',
    });
    const abort = new AbortController();
    const call = agent.call('host.facts', {}, { signal: abort.signal });
    setTimeout(() => abort.abort(), 20);
    await expect(call).rejects.toMatchObject({ code: 'agent.timeout' });
    await expect.poll(() => frames.filter((frame) => frame.cancel).length).toBe(2);
    agent.close();
    server.close();
  });
});
