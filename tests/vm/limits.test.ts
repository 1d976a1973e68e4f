import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hostSkipReason } from '../host/test-host.js';
import { TestVm } from './test-vm.js';

const skip = hostSkipReason();
const root = '/home/alice/domains/alice.test/public_html';
const MiB = 1024 * 1024;

interface Usage {
  supported: boolean;
  memoryBytes: number;
  oomKills: number;
  cpuUsageMicroseconds: number;
  cpuThrottledCount: number;
  processes: number;
  processLimitHits: number;
}

describe.skipIf(skip !== null)('the limits of a plan, on a kernel that enforces them', () => {
  let vm: TestVm;
  let account = 0;
  const usage = async () => (await vm.panel<{ usage: Usage }>(`cgroups show ${account}`)).usage;
  const write = (name: string, code: string) =>
    vm.must(`runuser -u alice -- tee ${root}/${name} >/dev/null`, code);
  const get = (path: string, seconds = 60) =>
    vm.exec(
      `curl -s -o /dev/null -w '%{http_code}' --max-time ${seconds} -H 'Host: alice.test' http://127.0.0.1${path}`,
    );

  beforeAll(async () => {
    vm = await TestVm.start();
    await vm.must(
      '/opt/tenpanel/app/node_modules/.bin/node /opt/tenpanel/app/core/cli/bin/tenpanel.js setup --production --yes',
      '',
      1_200_000,
    );
    const limits = { memory: 128 * MiB, cpu: 30, processes: 40 };
    const plan = await vm.panel<{ id: number }>(
      `plans create --name small --json-body '${JSON.stringify({ limits })}'`,
    );
    account = (await vm.panel<{ account: { id: number } }>(`accounts create --name alice --plan ${plan.id}`))
      .account.id;
    await vm.panel(`vhosts create --account ${account} --domain alice.test`);
    await write('ok.php', '<?php echo "ok";');
  });
  afterAll(() => vm?.stop());

  test('the controllers are found and the plan is in force', async () => {
    expect((await usage()).supported).toBe(true);
    expect((await vm.must('cat /sys/fs/cgroup/tenpanel.slice/tenpanel-alice.slice/memory.max')).trim()).toBe(
      String(128 * MiB),
    );
    expect((await vm.must('cat /sys/fs/cgroup/tenpanel.slice/tenpanel-alice.slice/pids.max')).trim()).toBe(
      '40',
    );
  });

  test('a script over the memory limit dies and is counted', async () => {
    await write(
      'memory.php',
      "<?php ini_set('memory_limit', '-1'); $all = []; while (true) { $all[] = str_repeat(random_bytes(1024), 1024); }",
    );
    const before = (await usage()).oomKills;
    expect((await get('/memory.php')).stdout).toMatch(/^5/);
    expect((await usage()).oomKills).toBeGreaterThan(before);
    expect((await get('/ok.php')).stdout).toBe('200');
  });

  test('a fork bomb stops at the process limit', async () => {
    await vm.must(`systemd-run --quiet --uid=alice --slice=tenpanel-alice.slice --unit=bomb --collect /usr/bin/python3 -c 'import os,time
end=time.time()+20
while time.time()<end:
  try: os.fork()
  except OSError: time.sleep(0.2)'`);
    await vm.must('sleep 8');
    const now = await usage();
    expect(now.processes).toBeLessThanOrEqual(40);
    expect(now.processLimitHits).toBeGreaterThan(0);
    await vm.exec('systemctl kill --signal=KILL bomb.service');
    await vm.must('sleep 2');
    expect((await get('/ok.php')).stdout).toBe('200');
  });

  test('a busy loop is held at its CPU share, and a changed limit holds at once', async () => {
    await vm.must(
      "systemd-run --quiet --uid=alice --slice=tenpanel-alice.slice --unit=busy --collect /usr/bin/python3 -c 'while True: pass'",
    );
    const share = async () => {
      const [first, started] = [(await usage()).cpuUsageMicroseconds, Date.now()];
      await vm.must('sleep 12');
      return ((await usage()).cpuUsageMicroseconds - first) / 10 / (Date.now() - started);
    };
    expect(await share()).toBeLessThan(40);
    expect((await usage()).cpuThrottledCount).toBeGreaterThan(0);
    await vm.panel(`cgroups set ${account} --cpu 10`);
    expect(await share()).toBeLessThan(16);
    await vm.exec('systemctl stop busy.service');
  });

  test('disk quotas of the plan are set where the file system has them', async () => {
    const quota = await vm.exec('quota -u alice --raw-grace 2>&1; repquota -u / 2>&1 | grep alice');
    expect(quota.stdout).toContain('alice');
  });
});
