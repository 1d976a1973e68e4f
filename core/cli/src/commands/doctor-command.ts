import type { Command } from 'commander';
import type { CliContext } from '../context.js';
import type { CheckResult } from '../doctor/check.js';
import { hostChecks } from '../doctor/host-checks.js';
import { panelChecks } from '../doctor/panel-checks.js';
import { processChecks } from '../doctor/process-checks.js';
import { repairHost } from '../doctor/repair-host.js';
import { ExitCode } from '../exit-codes.js';
import { plain } from '../output/plain.js';
import type { Terminal } from '../output/terminal.js';
import { requireRoot } from './require-root.js';

export function addDoctor(program: Command, context: CliContext): void {
  program
    .command('doctor')
    .description('look at everything the panel needs; works also when the panel does not')
    .option('--repair', 'mend what can be mended without losing anything')
    .option('--json', 'as JSON')
    .action(async (flags: { repair?: boolean; json?: boolean }) => {
      requireRoot(context);
      const repaired = flags.repair ? repairHost(context.layout) : [];
      const results = [
        ...(await hostChecks(context.layout)),
        ...(await processChecks(context)),
        ...(await panelChecks(context, flags.repair ?? false)),
      ];
      if (flags.json) context.terminal.out(JSON.stringify({ checks: results, repaired }, null, 2));
      else report(results, repaired, context.terminal);
      if (results.some(({ state }) => state === 'fail')) context.setExitCode(ExitCode.unhealthy);
    });
}

function report(results: readonly CheckResult[], repaired: readonly string[], terminal: Terminal): void {
  const { style } = terminal;
  const signs = {
    ok: style.green('ok  '),
    warn: style.yellow('warn'),
    fail: style.red('FAIL'),
    skip: style.dim('skip'),
  };
  for (const one of repaired) terminal.out(`${style.green('mended')}  ${plain(one)}`);
  for (const { state, title, message, fix } of results) {
    terminal.out(`${signs[state]}  ${style.bold(plain(title))}: ${plain(message)}`);
    if (fix && state !== 'ok') terminal.out(`      ${style.cyan('→')} ${plain(fix)}`);
  }
  const count = (state: CheckResult['state']) => results.filter((one) => one.state === state).length;
  terminal.out(`\n${count('ok')} ok, ${count('warn')} warnings, ${count('fail')} failures`);
}
