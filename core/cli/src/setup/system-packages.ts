import { existsSync } from 'node:fs';
import { CliError } from '../errors.js';
import { ExitCode } from '../exit-codes.js';
import { findProgram } from '../system/find-program.js';
import { hasSystemd } from '../system/has-systemd.js';
import { mustRun, runProgram } from '../system/run-program.js';

interface Wanted {
  debian: string;
  rhel: string;
  /** Already there when this program is. */
  program: string;
}

const ACL: Wanted = { debian: 'acl', rhel: 'acl', program: 'setfacl' };
const SUPERVISOR: Wanted = { debian: 'supervisor', rhel: 'supervisor', program: 'supervisord' };

/** What the agent itself needs, which no plugin's driver can name: ACLs, and a service manager where systemd is none. */
export function missingSystemPackages(): Wanted[] {
  return [ACL, ...(hasSystemd() ? [] : [SUPERVISOR])].filter(({ program }) => findProgram(program) === null);
}

export async function installSystemPackages(
  wanted: readonly Wanted[],
  say: (line: string) => void,
): Promise<void> {
  if (wanted.length === 0) return;
  const apt = findProgram('apt-get');
  const dnf = findProgram('dnf');
  const names = wanted.map((one) => (apt ? one.debian : one.rhel));
  say(`system packages: ${names.join(', ')}`);
  if (apt) {
    // Without systemd the package would start its own supervisor; invoke-rc.d starts nothing in run level 1.
    const env: Record<string, string> = {
      DEBIAN_FRONTEND: 'noninteractive',
      ...(hasSystemd() ? {} : { RUNLEVEL: '1' }),
    };
    const argv = [
      '-y',
      '-q',
      '--no-install-recommends',
      '-o',
      'DPkg::Lock::Timeout=300',
      'install',
      ...names,
    ];
    const first = existsSync('/var/lib/apt/lists')
      ? await runProgram(apt, argv, { env, timeout: 600 })
      : null;
    if (first?.exitCode === 0) return;
    // A fresh machine has no package lists, an old one has outdated ones.
    await mustRun(apt, ['-q', 'update'], { env, timeout: 300 });
    await mustRun(apt, argv, { env, timeout: 600 });
  } else if (dnf) {
    if (names.includes('supervisor'))
      await runProgram(dnf, ['-y', '-q', 'install', 'epel-release'], { timeout: 300 });
    await mustRun(dnf, ['-y', '-q', 'install', ...names], { timeout: 600 });
  } else {
    throw new CliError(
      `Neither apt-get nor dnf is here to install ${names.join(', ')}.`,
      ExitCode.unexpected,
    );
  }
}
