/** What the command's exit status says; documented in docs/operate.md and stable. */
export const ExitCode = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  refused: 3,
  notFound: 4,
  conflict: 5,
  validation: 6,
  unreachable: 7,
  jobFailed: 8,
  unhealthy: 9,
  restart: 75,
  interrupted: 130,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];
