/** One program of the supervisor. */
export interface Program {
  name: string;
  program: string;
  argv: string[];
  user?: string | undefined;
  stopSignal?: string | undefined;
  autostart: boolean;
}

/**
 * One argument for `command=`. The value passes ConfigParser (where ` ;` begins a comment), then `%` expansion, then
 * Python's `shlex.split`. Every sign with a meaning in any of them is quoted on its own, so that no two of them can
 * be read together.
 */
export function quoteArgument(argument: string): string {
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f]/.test(argument))
    throw new Error('An argument of a program holds a control character.');
  if (argument === '') return "''";
  return argument.replace(/[^A-Za-z0-9_./=:,@+-]/gu, (sign) =>
    sign === "'" ? `"'"` : sign === '%' ? "'%%'" : `'${sign}'`,
  );
}

/** The file of one program below the supervisor's `conf.d`. */
export function programConf(program: Program): string {
  const command = [program.program, ...program.argv].map(quoteArgument).join(' ');
  return [
    '; Written by tenpanel-agent.',
    `[program:${program.name}]`,
    `command=${command}`,
    'directory=/',
    ...(program.user === undefined ? [] : [`user=${program.user}`]),
    `stopsignal=${program.stopSignal ?? 'TERM'}`,
    'stopwaitsecs=30',
    'stopasgroup=false',
    'killasgroup=true',
    `autostart=${program.autostart}`,
    'autorestart=unexpected',
    'startsecs=1',
    'startretries=3',
    'redirect_stderr=true',
    `stdout_logfile=/var/log/tenpanel/services/${program.name}.log`,
    'stdout_logfile_maxbytes=5MB',
    'stdout_logfile_backups=1',
    '',
  ].join('\n');
}

/** The supervisor's own file: an instance beside the distribution's, with its socket for root only. */
export function supervisordConf(run: string, programs: string, openFiles: number): string {
  return [
    '; Written by tenpanel-agent.',
    '[unix_http_server]',
    `file=${run}/supervisor.sock`,
    'chmod=0700',
    '[supervisord]',
    `pidfile=${run}/supervisord.pid`,
    'logfile=/var/log/tenpanel/supervisord.log',
    'logfile_maxbytes=5MB',
    'logfile_backups=1',
    `childlogdir=/var/log/tenpanel/services`,
    'user=root',
    'umask=022',
    `minfds=${openFiles}`,
    '[rpcinterface:supervisor]',
    'supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface',
    '[supervisorctl]',
    `serverurl=unix://${run}/supervisor.sock`,
    '[include]',
    `files=${programs}/*.conf`,
    '',
  ].join('\n');
}
