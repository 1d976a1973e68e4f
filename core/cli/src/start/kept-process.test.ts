import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BackOff } from './back-off.js';
import { KeptProcess, type ChildSpec } from './kept-process.js';
import { holdSocket } from './held-socket.js';
import { identify, isAlive } from './process-identity.js';
import { RunRecord } from './run-record.js';
import { waitUntil } from './wait-until.js';

let folder: string;
const kept: KeptProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tenpanel-start-'));
});

afterEach(async () => {
  await Promise.all(kept.splice(0).map((child) => child.stop()));
  rmSync(folder, { recursive: true });
});

function keep(script: string, more: Partial<ChildSpec> = {}) {
  const file = join(folder, 'child.mjs');
  writeFileSync(file, script);
  const ends: { how: string; again: number | null }[] = [];
  const pids: number[] = [];
  const child = new KeptProcess(
    {
      name: 'web',
      program: process.execPath,
      argv: [file],
      env: {},
      cwd: folder,
      logFile: join(folder, 'web.log'),
      stopSeconds: 5,
      ...more,
    },
    { started: (_name, pid) => pids.push(pid), ended: (_name, how, again) => ends.push({ how, again }) },
  );
  kept.push(child);
  child.start();
  return { child, ends, pids };
}

const ask = (port: number) =>
  new Promise<string>((resolve, reject) => {
    get({ port, host: '127.0.0.1', agent: false }, (answer) => {
      let text = '';
      answer.on('data', (chunk: Buffer) => (text += chunk.toString()));
      answer.on('end', () => resolve(text));
    }).on('error', reject);
  });

describe('a kept process', () => {
  it('is started again after a crash, and at once when it asks for a restart with status 75', async () => {
    const { ends, pids } = keep(`
      import { existsSync, writeFileSync } from 'node:fs';
      const first = !existsSync('seen');
      writeFileSync('seen', '');
      if (first) process.exit(75);
      if (!existsSync('twice')) { writeFileSync('twice', ''); process.exit(3); }
      setInterval(() => {}, 1000);
    `);
    expect(await waitUntil(async () => pids.length === 3, 10)).toBe(true);
    expect(ends).toEqual([
      { how: 'ended with status 75', again: 0 },
      { how: 'ended with status 3', again: 250 },
    ]);
  });

  it('writes what it says to its log', async () => {
    keep(`console.log('hello'); console.error('trouble'); setInterval(() => {}, 1000);`);
    const log = () => readFileSync(join(folder, 'web.log'), 'utf8');
    expect(await waitUntil(async () => log().includes('hello') && log().includes('trouble'), 10)).toBe(true);
  });

  it('is killed when it does not stop in time', async () => {
    const { child, ends, pids } = keep(
      `process.on('SIGTERM', () => {}); console.log('up'); setInterval(() => {}, 1000);`,
      { stopSeconds: 0.3 },
    );
    await waitUntil(async () => readFileSync(join(folder, 'web.log'), 'utf8').includes('up'), 10);
    await child.stop();
    kept.length = 0;
    expect(ends).toEqual([{ how: 'was ended by SIGKILL', again: null }]);
    expect(identify(pids[0] ?? 0)).toBeNull();
  });

  it('waits longer after each failure, and starts over after a good minute', () => {
    const backOff = new BackOff();
    expect([1, 1, 1].map((ran) => backOff.next(ran))).toEqual([250, 500, 1000]);
    expect(backOff.next(61_000)).toBe(250);
    for (let i = 0; i < 12; i += 1) backOff.next(0);
    expect(backOff.next(0)).toBe(30_000);
  });
});

describe('the held socket', () => {
  it('loses no request while the process behind it restarts', async () => {
    const held = holdSocket('127.0.0.1', 0);
    const script = `
      import { createServer } from 'node:http';
      const server = createServer((q, a) => { a.setHeader('connection', 'close'); a.end(String(process.pid)); if (q.url === '/') server.close(() => process.exit(75)); });
      server.listen({ fd: 3 }, () => console.log('port', server.address().port));
    `;
    const { pids } = keep(script, { listenFd: held.fd });
    const log = () => readFileSync(join(folder, 'web.log'), 'utf8');
    expect(await waitUntil(async () => /port \d+/.test(log()), 10)).toBe(true);
    const port = Number(/port (\d+)/.exec(log())?.[1]);
    // Each answer ends the process; the next request is sent while nobody is there to accept it.
    const answers: number[] = [];
    for (let i = 0; i < 3; i += 1) answers.push(Number(await ask(port)));
    expect(new Set(answers).size).toBe(3);
    expect(pids).toEqual(expect.arrayContaining(answers));
    held.close();
  });

  it('says in plain words that the port is taken', () => {
    const held = holdSocket('127.0.0.1', 0);
    const second = holdSocket('127.0.0.1', 0);
    expect(second.fd).not.toBe(held.fd);
    expect(() => holdSocket('192.0.2.1', 8443)).toThrow(/Port 8443 on 192.0.2.1 cannot be used/);
    held.close();
    second.close();
  });
});

describe('the record of a run', () => {
  it('ends the children that a killed supervisor left, and never a stranger with the same number', async () => {
    const { child, pids } = keep(`setInterval(() => {}, 1000);`);
    const pid = pids[0] ?? 0;
    const identity = identify(pid);
    const file = join(folder, 'start.json');
    const dead = { pid: 2 ** 22, startedTicks: '1' };
    writeFileSync(
      file,
      JSON.stringify({
        supervisor: dead,
        children: { web: identity, agent: { pid: process.pid, startedTicks: '1' } },
      }),
    );
    expect(await new RunRecord(file).endLeftovers(3000)).toEqual(['web']);
    expect(identity && isAlive(identity)).toBe(false);
    await child.stop();
    kept.length = 0;
  });

  it('knows a supervisor that is still running', () => {
    const file = join(folder, 'start.json');
    writeFileSync(file, JSON.stringify({ supervisor: identify(process.ppid), children: {} }));
    expect(new RunRecord(file).runningSupervisor()?.pid).toBe(process.ppid);
  });
});
