import type { TestVm } from './test-vm.js';

const PYTHON = '/usr/bin/python3';

export interface Usage {
  supported: boolean;
  memoryBytes: number;
  oomKills: number;
  cpuUsageMicroseconds: number;
  cpuThrottledCount: number;
  processes: number;
  processLimitHits: number;
}

interface Row {
  id: number;
  status: string;
  conditions: { type: string; status: string; message: string }[];
}

/** One try of a visitor: the status (000 when nobody answered in time), the body, and how long it took. */
export interface Visit {
  status: string;
  body: string;
  seconds: number;
}

/** An account with a plan of its own and a PHP site, made by the `tenpanel` command. */
export class Customer {
  private constructor(
    private readonly vm: TestVm,
    readonly name: string,
    readonly id: number,
    readonly plan: number,
  ) {}

  site = 0;

  /** Accepted by the panel, and made on the server afterwards: see `ready`. */
  static async create(vm: TestVm, name: string, limits: Record<string, string | number>): Promise<Customer> {
    const plan = await vm.api<Row>('POST', '/plans', { name, limits });
    const { account } = await vm.api<{ account: Row }>('POST', '/accounts', { name, plan: plan.id });
    const customer = new Customer(vm, name, account.id, plan.id);
    customer.site = await customer.addSite(`${name}.test`);
    return customer;
  }

  async addSite(domain: string): Promise<number> {
    return (await this.vm.api<Row>('POST', '/vhosts', { account: this.id, domain })).id;
  }

  /** `active` once the server is as wanted, with what the panel says about each condition. */
  async stateOf(resource: string): Promise<{ status: string; conditions: string }> {
    const { status, conditions } = await this.vm.api<Row>('GET', `/${resource}`);
    const lines = conditions.map((each) => `${each.type} ${each.status} ${each.message}`);
    return { status, conditions: lines.join('\n') };
  }

  get root(): string {
    return `/home/${this.name}/domains/${this.name}.test/public_html`;
  }

  /** A file of the site, written by its owner. */
  async write(file: string, code: string): Promise<void> {
    await this.vm.must(`runuser -u ${this.name} -- tee ${this.root}/${file} >/dev/null`, code);
  }

  async visit(path: string, seconds = 90): Promise<Visit> {
    const { stdout } = await this.vm.exec(
      `curl -s -w '\\n%{http_code} %{time_total}' --max-time ${seconds} -H 'Host: ${this.name}.test' 'http://127.0.0.1${path}'`,
    );
    return parseVisit(stdout);
  }

  /** The page that only says `ok`, `times` times one after the other, by one login: what a visitor would wait for. */
  async visits(times: number): Promise<Visit[]> {
    const { stdout } = await this.vm.exec(
      `for i in $(seq ${times}); do curl -s -o /dev/null -w '\\n%{http_code} %{time_total};' --max-time 60 -H 'Host: ${this.name}.test' http://127.0.0.1/ok.php; done`,
    );
    return stdout
      .split(';')
      .filter((each) => each.trim() !== '')
      .map(parseVisit);
  }

  /** A Python program in the customer's slice, as cron jobs and shells of the customer run; it goes on until `stop`. */
  async start(unit: string, source: string): Promise<void> {
    await this.vm.must(`cat >/run/${unit}.py`, source);
    await this.vm.must(
      `systemd-run --quiet --collect --unit=${unit} ${this.inSlice} --property=OOMPolicy=continue ${PYTHON} /run/${unit}.py`,
    );
  }

  async stop(unit: string): Promise<void> {
    await this.vm.exec(`systemctl kill --signal=KILL ${unit}.service; systemctl stop ${unit}.service`);
  }

  /** A program in the customer's slice, until it ends; its exit code and what it said. */
  async run(command: string): Promise<{ code: number; said: string }> {
    const { code, stdout, stderr } = await this.vm.exec(
      `systemd-run --quiet --collect --wait --pipe --setenv=LC_ALL=C ${this.inSlice} ${command}`,
    );
    return { code, said: stdout + stderr };
  }

  private get inSlice(): string {
    return `--uid=${this.name} --gid=${this.name} --slice=tenpanel-${this.name}.slice`;
  }

  async usage(): Promise<Usage> {
    return (await this.vm.api<{ usage: Usage }>('GET', `/cgroups/${this.name}`)).usage;
  }

  /** What the kernel holds for the slice, such as `memory.max`. */
  async held(file: string): Promise<string> {
    return (await this.vm.must(`cat ${this.slice}/${file}`)).trim();
  }

  /** Percent of one core that the slice uses in the next `seconds`, by the clock of the VM. */
  async cpuShare(seconds: number): Promise<number> {
    const look = `date +%s%N; sed -n 's/^usage_usec //p' ${this.slice}/cpu.stat`;
    const [from = 0, used = 0, to = 0, usedThen = 0] = (
      await this.vm.must(`${look}; sleep ${seconds}; ${look}`)
    )
      .trim()
      .split('\n')
      .map(Number);
    return ((usedThen - used) * 1000 * 100) / (to - from);
  }

  private get slice(): string {
    return `/sys/fs/cgroup/tenpanel.slice/tenpanel-${this.name}.slice`;
  }

  /** Changes the plan itself; its accounts follow. */
  async changePlan(limits: Record<string, string | number>): Promise<void> {
    await this.vm.api('PATCH', `/plans/${this.plan}`, { limits });
  }

  /** Limit and present use of `disk` (bytes) or `inodes`, as the panel tells them. */
  async used(key: string): Promise<{ limit: number; used: number }> {
    const { limits } = await this.vm.api<{ limits: { key: string; limit: number; used: number }[] }>(
      'GET',
      `/accounts/${this.id}/metrics`,
    );
    const found = limits.find((each) => each.key === key);
    if (!found) throw new Error(`the account has no limit named ${key}`);
    return found;
  }
}

function parseVisit(text: string): Visit {
  const at = text.lastIndexOf('\n');
  const [status = '000', seconds = '0'] = text.slice(at + 1).split(' ');
  return { status, body: text.slice(0, Math.max(at, 0)), seconds: Number(seconds) };
}
