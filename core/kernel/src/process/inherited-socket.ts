/**
 * The listening socket that whoever started us holds open (sd_listen_fds(3)): descriptor 3 when `LISTEN_FDS` says so
 * and `LISTEN_PID`, where it is set, means us. It outlives this process, so a restart loses no connection.
 */
export function inheritedSocket(
  env: NodeJS.ProcessEnv = process.env,
  pid: number = process.pid,
): number | null {
  if (!/^[1-9]\d*$/.test(env['LISTEN_FDS'] ?? '')) return null;
  const meant = env['LISTEN_PID'];
  return meant === undefined || meant === String(pid) ? 3 : null;
}
