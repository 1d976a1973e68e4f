import type { OperationArgs, OperationResult } from '@tenpanel/protocol';
import { entry, forFamily } from '../drivers/resolve.js';
import { followLog, lineFilter, readLog, tailLog } from '../logs/read-log.js';
import type { AgentContext, CallContext } from './context.js';

async function locate(
  args: { driver: string; log: string },
  agent: AgentContext,
): Promise<{ path: string; keyPattern: string | undefined }> {
  const log = entry((await agent.drivers.get(args.driver)).logs, args.log, 'log');
  return { path: agent.paths.at(forFamily(log.path, agent.profile.family)), keyPattern: log.keyPattern };
}

export async function tail(
  args: OperationArgs<'log.tail'>,
  agent: AgentContext,
  call: CallContext,
): Promise<OperationResult<'log.tail'>> {
  const { path, keyPattern } = await locate(args, agent);
  const passes = lineFilter(keyPattern, args.key);
  const lines = await tailLog(path, args.lines, passes);
  if (args.follow !== true) return { lines };
  for (const line of lines) call.event({ line });
  await followLog(
    path,
    passes,
    (line) => call.event({ line }),
    AbortSignal.any([call.signal, call.stopping]),
  );
  return { lines: [] };
}

export async function read(
  args: OperationArgs<'log.read'>,
  agent: AgentContext,
): Promise<OperationResult<'log.read'>> {
  const { path } = await locate(args, agent);
  return await readLog(path, args, args.maxBytes);
}
