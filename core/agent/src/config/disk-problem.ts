import { AgentError } from '@tenpanel/protocol';

const WORDS: Record<string, string> = {
  ENOSPC: 'no space is left on its disk',
  EDQUOT: 'its disk quota is used up',
  EROFS: 'its file system can only be read',
  EIO: 'its disk has an error',
};

/** An error of the file system in words that name the folder; any other error as it is. */
export function diskProblem(error: unknown, folder: string): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (error instanceof AgentError || code === undefined) return error;
  return new AgentError('agent.io', `${folder} could not be written: ${WORDS[code] ?? message}.`, { code });
}
