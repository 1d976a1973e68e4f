import { AgentError } from '@tenpanel/protocol';

const CODES: Record<string, [AgentError['code'], string]> = {
  ENOENT: ['agent.notFound', 'it does not exist'],
  ENOTDIR: ['agent.notAllowed', 'a part of it is a symbolic link or no folder'],
  ELOOP: ['agent.notAllowed', 'it is a symbolic link'],
  ENOTFILE: ['agent.notAllowed', 'it is no regular file'],
  EACCES: ['agent.notAllowed', 'the account may not'],
  EPERM: ['agent.notAllowed', 'the account may not'],
  EEXIST: ['agent.notAllowed', 'it exists already'],
  ENOTEMPTY: ['agent.notAllowed', 'the folder is not empty'],
  EDQUOT: ['agent.io', 'the account has used up its disk space or its number of files'],
  ENOSPC: ['agent.io', 'the disk is full'],
};

/** In plain words what the customer's process could not do. `path` is what was asked for, `code` the system's. */
export function tenantError(path: string, code: string, message: string): AgentError {
  const known = Object.hasOwn(CODES, code) ? CODES[code] : undefined;
  return known
    ? new AgentError(known[0], `${path}: ${known[1]}.`)
    : new AgentError('agent.io', `${path}: ${message.slice(0, 500)}`);
}
