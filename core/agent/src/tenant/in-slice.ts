/** How to start a program inside the customer's cgroup. */
export interface SliceCommand {
  program: string;
  argv: string[];
  uid?: number;
  gid?: number;
  /** The unit that holds the program, where the host's service manager started it. */
  unit?: string;
}

/** Decided once by the kind of service manager. `seconds`: the longest that the program may live. */
export type InSlice = (
  account: string,
  program: string,
  argv: readonly string[],
  options: { seconds: number; as?: { uid: number; gid: number } },
) => SliceCommand;

/** Started by the service manager of the host, inside the slice from its first instruction on. */
export function systemdSlice(): InSlice {
  let count = 0;
  return (account, program, argv, { seconds, as }) => {
    const unit = `tenpanel-tenant-${account}-${process.pid}-${++count}.service`;
    const how = ['--pipe', '--wait', '--collect', '--quiet', '--service-type=exec', `--unit=${unit}`];
    const limits = [
      `--slice=tenpanel-${account}.slice`,
      '--property=NoNewPrivileges=yes',
      `--property=RuntimeMaxSec=${seconds}`,
      '--property=UMask=0022',
    ];
    const identity = as === undefined ? [] : [`--uid=${as.uid}`, `--gid=${as.gid}`];
    return {
      program: '/usr/bin/systemd-run',
      argv: [...how, ...limits, ...identity, '--', program, ...argv],
      unit,
    };
  };
}

/** Started by the agent itself: where there is no systemd there are no slices either. */
export const noSlice: InSlice = (_account, program, argv, { as }) => ({ program, argv: [...argv], ...as });
