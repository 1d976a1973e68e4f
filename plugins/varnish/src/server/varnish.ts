import { PanelError, type AgentCall } from '@tenpanel/sdk';

export interface LoadedVcl {
  name: string;
  active: boolean;
  /** For a label: the program it stands for. */
  target: string | null;
}

type Command =
  | 'vclList'
  | 'vclLoad'
  | 'vclLabel'
  | 'vclDiscard'
  | 'vclCheck'
  | 'ping'
  | 'stats'
  | 'banSite'
  | 'banUrl'
  | 'banTag';

/** The running Varnish, through the named commands of the driver. */
export class Varnish {
  constructor(private readonly agent: AgentCall) {}

  /** 503 `cache.notRunning` with Varnish's own words when the command fails. */
  async run(command: Command, args: Record<string, string> = {}): Promise<string> {
    const { exitCode, stdout, stderr } = await this.agent('exec', { driver: 'varnish', command, args });
    if (exitCode === 0) return stdout;
    throw new PanelError(
      'cache.refused',
      503,
      `Varnish refused ${command}: ${(stderr.trim() || stdout.trim()).slice(0, 2000)}`,
      { command },
    );
  }

  async answers(): Promise<boolean> {
    const { exitCode } = await this.agent('exec', { driver: 'varnish', command: 'ping', args: {} });
    return exitCode === 0;
  }

  async list(): Promise<LoadedVcl[]> {
    return parseVclList(await this.run('vclList'));
  }
}

/** `active auto warm 0 tp_boot` and `available label warm 0 tp_site_7 -> tp_site_7_3 (1 return(vcl))`. */
export function parseVclList(text: string): LoadedVcl[] {
  return text.split('\n').flatMap((line) => {
    const match = /^(active|available|discarded)\s+\S+\s+\S+\s+\d+\s+(\S+)(?:\s+->\s+(\S+))?/.exec(
      line.trim(),
    );
    return match?.[2] && match[1] !== 'discarded'
      ? [{ name: match[2], active: match[1] === 'active', target: match[3] ?? null }]
      : [];
  });
}
