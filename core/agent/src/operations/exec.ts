import {
  AgentError,
  holdsControl,
  type DriverCommand,
  type ExecResult,
  type OperationArgs,
} from '@tenpanel/protocol';
import { entry, matchesWhole } from '../drivers/resolve.js';
import { substitute } from '../drivers/substitute.js';
import { readUsers } from '../files/users.js';
import { findProgram } from '../process/program.js';
import { run } from '../process/run.js';
import type { AgentContext, CallContext } from './context.js';

/** Run a named command of a driver. Every argument must match its pattern as a whole; nothing is parsed by a shell. */
export async function exec(
  args: OperationArgs<'exec'>,
  agent: AgentContext,
  call: CallContext,
): Promise<ExecResult> {
  const command = entry((await agent.drivers.get(args.driver)).commands, args.command, 'command');
  const values = checkArguments(command, args.args);
  const identity = command.runAs === undefined ? undefined : await identityOf(command.runAs, values, agent);
  // The simulated host starts no program: the call was checked, and that is all it can tell.
  if (agent.paths.simulated)
    return { exitCode: 0, stdout: '', stderr: 'simulated: not run', truncated: false };
  const { [command.stdin ?? '']: stdin = '', ...inArgv } = values;
  const argv = command.argv.map((each) => substitute(each, inArgv));
  const options = {
    timeout: command.timeout ?? 30,
    stdin,
    signal: call.signal,
    maxOutput: maxOutput(command),
  };
  const account = command.runAs === '{account}' ? values['account'] : undefined;
  if (account !== undefined && identity) {
    // Inside the customer's cgroup, where there is one.
    const program = await findProgram(command.program);
    const inside = agent.inSlice(account, program, argv, { seconds: options.timeout + 5, as: identity });
    return await run(inside.program, inside.argv, { ...options, uid: inside.uid, gid: inside.gid });
  }
  return await run(command.program, argv, { ...options, ...identity });
}

function maxOutput(command: DriverCommand): number {
  return command.maxOutput ?? 1024 * 1024;
}

export function checkArguments(
  command: DriverCommand,
  given: Record<string, string>,
): Record<string, string> {
  for (const name of Object.keys(given)) entry(command.args, name, 'argument');
  const checked: [string, string][] = [];
  for (const [name, rule] of Object.entries(command.args)) {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    if (value === undefined)
      throw new AgentError('agent.badRequest', `The argument ${name} is missing.`, { argument: name });
    if (value.length > rule.maxLength)
      throw new AgentError('agent.badRequest', `The argument ${name} is longer than ${rule.maxLength}.`, {
        argument: name,
      });
    if (name !== command.stdin && holdsControl(value)) {
      throw new AgentError(
        'agent.badRequest',
        `The argument ${name} holds control characters or line breaks.`,
        { argument: name },
      );
    }
    if (!matchesWhole(rule.pattern, value))
      throw new AgentError('agent.badRequest', `The argument ${name} does not match ${rule.pattern}.`, {
        argument: name,
      });
    checked.push([name, value]);
  }
  return Object.fromEntries(checked);
}

async function identityOf(
  runAs: string,
  values: Record<string, string>,
  agent: AgentContext,
): Promise<{ uid: number; gid: number }> {
  if (runAs === '{account}') {
    const { uid, gid } = await agent.accounts.get(values['account'] ?? '');
    return { uid, gid };
  }
  const user = (await readUsers()).find((each) => each.name === runAs);
  if (!user) throw new AgentError('agent.notFound', `There is no system user ${runAs}.`);
  return { uid: user.uid, gid: user.gid };
}
