import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { hostSkipReason } from '../host/test-host.js';
import { busyLoop, forkBomb, memoryHog, memoryScript, writingScript } from './abuse.js';
import { Customer, type Usage, type Visit } from './customer.js';
import { TestVm } from './test-vm.js';

const skip = hostSkipReason();
const MiB = 1024 * 1024;
/** All is emulated, and this machine may be busy: what must happen may take long, but is looked for all the time. */
const soon = { timeout: 180_000, interval: 2_000 };
/** The first sites are made by processes that have just been started: every line of theirs runs for the first time. */
const firstSites = { timeout: 600_000, interval: 5_000 };
const figure = (name: string, value: string): void => void process.stdout.write(`    ${name}: ${value}\n`);

describe.skipIf(skip !== null)('the limits of a plan, on a kernel that enforces them', () => {
  let vm: TestVm;
  let alice: Customer;
  let bob: Customer;
  /** A site of bob's that is asked for while his disk is full. */
  let second: string;

  beforeAll(async () => {
    vm = await TestVm.start();
    await vm.setUp();
    // After its first start the panel looks for the PHP of the server by itself.
    const php = () => vm.api<{ items: object[] }>('GET', '/php');
    await vi.waitFor(async () => expect((await php()).items).not.toEqual([]), soon);
    alice = await Customer.create(vm, 'alice', {
      memory: '128M',
      cpu: 50,
      processes: 40,
      ioRead: '8M',
      ioWrite: '4M',
    });
    bob = await Customer.create(vm, 'bob', { disk: '32M', inodes: 100 });
    for (const each of [alice, bob]) {
      const state = () => each.stateOf(`vhosts/${each.site}`);
      await vi.waitFor(async () => expect(await state()).toMatchObject({ status: 'active' }), firstSites);
      await each.write('ok.php', "<?php header('Cache-Control: no-store'); echo 'ok';");
      expect(await each.visit('/ok.php')).toMatchObject({ status: '200', body: 'ok' });
    }
  });
  afterAll(() => vm?.stop());

  test('are in force once the account is there', async () => {
    const { enforced, usage } = await vm.panel<{ enforced: boolean; usage: Usage }>('cgroups show alice');
    expect({ enforced, supported: usage.supported }).toEqual({ enforced: true, supported: true });
    expect(await alice.held('memory.max')).toBe(String(128 * MiB));
    expect(await alice.held('pids.max')).toBe('40');
    expect(await alice.held('cpu.max')).toBe('50000 100000');
    expect(await alice.held('io.max')).toContain(`rbps=${8 * MiB} wbps=${4 * MiB}`);
    expect((await bob.stateOf(`accounts/${bob.id}`)).conditions).toContain('Quota true');
  });

  test('memory: a script over the limit dies and is counted, and the site goes on', async () => {
    await alice.write('memory.php', memoryScript);
    const before = (await alice.usage()).oomKills;
    expect((await alice.visit('/memory.php')).status).toMatch(/^5/);
    const after = (await alice.usage()).oomKills;
    figure('processes that died at 128 MiB', `${before} before, ${after} after`);
    expect(after).toBeGreaterThan(before);
    expect(await alice.visit('/ok.php')).toMatchObject({ status: '200', body: 'ok' });
  });

  test('processes: a fork bomb stops at the limit and is counted, and the site goes on', async () => {
    await alice.start('bomb', forkBomb);
    await expect.poll(async () => (await alice.usage()).processLimitHits, soon).toBeGreaterThan(0);
    const during = await alice.usage();
    figure('fork bomb', `${during.processes} processes of 40, refused ${during.processLimitHits} times`);
    expect(during.processes).toBeLessThanOrEqual(40);
    expect(await bob.visit('/ok.php')).toMatchObject({ status: '200', body: 'ok' });
    await alice.stop('bomb');
    expect(await alice.visit('/ok.php')).toMatchObject({ status: '200', body: 'ok' });
  });

  test('CPU: a busy loop gets its share, and a limit changed by the command holds at once', async () => {
    await alice.start('busy', busyLoop);
    const half = await alice.cpuShare(8);
    await vm.panel('cgroups set alice --cpu 20%');
    const fifth = await alice.cpuShare(8);
    await alice.stop('busy');
    figure('CPU of a busy loop', `${half.toFixed(1)} % at 50 %, ${fifth.toFixed(1)} % at 20 %`);
    expect(half).toBeGreaterThan(30);
    expect(half).toBeLessThan(60);
    expect(fifth).toBeGreaterThan(10);
    expect(fifth).toBeLessThan(27);
    expect((await alice.usage()).cpuThrottledCount).toBeGreaterThan(0);
    await vm.api('POST', '/cgroups/alice/reset', {});
    await expect.poll(() => alice.held('cpu.max'), soon).toBe('50000 100000');
  });

  test('disk: bytes a second are held on the device of /home, and a change holds at once', async () => {
    await alice.write('io.bin', '');
    const file = `${alice.root}/io.bin`;
    const write = `/usr/bin/dd if=/dev/zero of=${file} bs=1M count=24 oflag=direct`;
    const read = `/usr/bin/dd if=${file} of=/dev/null bs=1M iflag=direct`;
    const rates = {
      'nobody’s writing': rateOf((await vm.exec(write.replace(file, '/home/io.bin'))).stderr),
      'writing at 4 MiB/s': rateOf((await alice.run(write)).said),
      'reading at 8 MiB/s': rateOf((await alice.run(read)).said),
    };
    await vm.api('PATCH', '/cgroups/alice', { ioWrite: '12M' });
    await expect.poll(() => alice.held('io.max'), soon).toContain(`wbps=${12 * MiB}`);
    const raised = rateOf((await alice.run(write)).said);
    for (const [name, rate] of Object.entries({ ...rates, 'writing at 12 MiB/s': raised }))
      figure(name, `${rate.toFixed(1)} MiB/s`);
    expect(rates['nobody’s writing']).toBeGreaterThan(16);
    expect(rates['writing at 4 MiB/s']).toBeGreaterThan(3);
    expect(rates['writing at 4 MiB/s']).toBeLessThan(5);
    expect(rates['reading at 8 MiB/s']).toBeGreaterThan(6);
    expect(rates['reading at 8 MiB/s']).toBeLessThan(10);
    expect(raised).toBeGreaterThan(8);
    expect(raised).toBeLessThan(15);
    await vm.api('POST', '/cgroups/alice/reset', {});
  });

  test('disk space: a write past the limit fails, use is shown, and a raised limit lets it pass at once', async () => {
    await bob.write('write.php', writingScript);
    const full = await bob.visit('/write.php?mib=48');
    expect(full).toMatchObject({
      status: '200',
      body: expect.stringMatching(/errno=122 Disk quota exceeded$/),
    });
    const shown = await bob.used('disk');
    figure('disk space', `${(shown.used / MiB).toFixed(2)} MiB used of ${shown.limit / MiB}`);
    expect(shown.limit).toBe(32 * MiB);
    expect(shown.used).toBeGreaterThan(31 * MiB);
    expect(shown.used).toBeLessThanOrEqual(32 * MiB);
    // The panel's own work in that home says the same in words.
    second = `vhosts/${await bob.addSite('full.test')}`;
    const inWords = 'has used up its disk space or its number of files';
    await expect.poll(async () => (await bob.stateOf(second)).conditions, soon).toContain(inWords);
    figure('a new site', (await bob.stateOf(second)).conditions.split('\n')[0] ?? '');
    expect(await alice.visit('/ok.php')).toMatchObject({ status: '200' });
    await bob.changePlan({ disk: '96M', inodes: 100 });
    await expect
      .poll(async () => (await bob.visit('/write.php?mib=48')).body, soon)
      .toBe('left 0 bytes, 0 files: all is written');
  });

  test('files: one past the limit cannot be made, and use is shown', async () => {
    const { body } = await bob.visit('/write.php?files=120');
    expect(body).toMatch(/^left 0 bytes, [1-9][0-9]* files: .*Disk quota exceeded$/);
    expect(await bob.used('inodes')).toEqual(expect.objectContaining({ limit: 100, used: 100 }));
    await bob.changePlan({ disk: '96M', inodes: 300 });
    await expect
      .poll(async () => (await bob.visit('/write.php?files=120')).body, soon)
      .toBe('left 0 bytes, 0 files: all is written');
    // The site for which there was no room is made without being asked for again.
    await expect.poll(() => bob.stateOf(second), soon).toMatchObject({ status: 'active' });
  });

  test('a neighbour notices nothing of a busy loop, a fork bomb and a memory hog at the same time', async () => {
    await bob.visits(5);
    const before = await bob.visits(25);
    const start = await alice.usage();
    await alice.start('hog', memoryHog);
    await expect.poll(async () => (await alice.usage()).oomKills, soon).toBeGreaterThan(start.oomKills);
    // Beside the bomb there would be no room for it.
    await alice.start('busy', busyLoop);
    await alice.start('bomb', forkBomb);
    const hits = async () => (await alice.usage()).processLimitHits;
    await expect.poll(hits, soon).toBeGreaterThan(start.processLimitHits);
    const during = await bob.visits(50);
    const end = await alice.usage();
    for (const unit of ['bomb', 'hog', 'busy']) await alice.stop(unit);
    const ratio = median(during) / median(before);
    figure('bob’s median before', `${(median(before) * 1000).toFixed(0)} ms`);
    figure('bob’s median during', `${(median(during) * 1000).toFixed(0)} ms, ${ratio.toFixed(2)} times`);
    figure(
      'alice',
      `${end.oomKills - start.oomKills} killed, ${end.processLimitHits - start.processLimitHits} refused`,
    );
    expect(before.map(({ status }) => status)).toEqual(Array.from({ length: 25 }, () => '200'));
    expect(during.map(({ status }) => status)).toEqual(Array.from({ length: 50 }, () => '200'));
    expect(ratio).toBeLessThan(3);
    expect(await alice.visit('/ok.php')).toMatchObject({ status: '200', body: 'ok' });
  });
});

/** MiB a second from the last line of dd, such as `25165824 bytes (25 MB, 24 MiB) copied, 6.01 s, 4.2 MB/s`. */
function rateOf(said: string): number {
  const [, bytes, seconds] = /^(\d+) bytes .*copied, ([\d.]+) s/m.exec(said) ?? [];
  if (bytes === undefined || seconds === undefined) throw new Error(`dd said no rate: ${said}`);
  return Number(bytes) / MiB / Number(seconds);
}

function median(visits: readonly Visit[]): number {
  const sorted = visits.map(({ seconds }) => seconds).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
