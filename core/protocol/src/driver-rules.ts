import { refuse } from './check/check.js';
import type { Driver, DriverCall, DriverProbe, DriverService } from './driver.js';

const PLACEHOLDER = /\{([a-zA-Z][a-zA-Z0-9_-]*)\}/g;
// A shell, or a program whose whole purpose is to start another one, would make every argument pattern worthless.
const REFUSED_PROGRAMS =
  /^(sh|bash|dash|ash|zsh|ksh|mksh|csh|tcsh|fish|busybox|env|sudo|su|doas|xargs|nsenter|chroot|setpriv|eval)$/;

/** What the parts of a driver must mean together. Throws `agent.badRequest` that names the field. */
export function checkDriverRules(driver: Driver): void {
  for (const [name, root] of Object.entries(driver.roots))
    regex(`driver.roots.${name}.pattern`, root.pattern);
  for (const [name, log] of Object.entries(driver.logs)) {
    const path = `driver.logs.${name}.keyPattern`;
    if (log.keyPattern === undefined) continue;
    regex(path, log.keyPattern);
    if (!log.keyPattern.includes('(?<key>')) refuse(path, 'must have a group named key: (?<key>...)');
  }
  for (const [name, command] of Object.entries(driver.commands))
    checkCommand(`driver.commands.${name}`, command);
  for (const [name, service] of Object.entries(driver.services))
    checkService(driver, `driver.services.${name}`, service);
}

function checkCommand(path: string, command: Driver['commands'][string]): void {
  const known = new Set(Object.keys(command.args));
  for (const [name, arg] of Object.entries(command.args)) regex(`${path}.args.${name}.pattern`, arg.pattern);
  checkCall(path, command, known);
  if (command.stdin !== undefined && !known.has(command.stdin))
    refuse(`${path}.stdin`, 'must name one of args');
  if (command.runAs === '{account}' && !known.has('account'))
    refuse(`${path}.runAs`, 'needs an argument named account');
  const stdin = command.stdin;
  if (stdin !== undefined && command.argv.some((each) => each.includes(`{${stdin}}`))) {
    refuse(`${path}.argv`, `must not hold {${stdin}}: it is given on standard input`);
  }
}

function checkService(driver: Driver, path: string, service: DriverService): void {
  const template = service.instancePattern !== undefined;
  if (service.instancePattern !== undefined) regex(`${path}.instancePattern`, service.instancePattern);
  const known = new Set(template ? ['instance', 'generation'] : ['generation']);
  const units = typeof service.unit === 'string' ? [service.unit] : Object.values(service.unit);
  for (const unit of units) {
    placeholders(`${path}.unit`, unit, new Set(template ? ['instance'] : []));
    if (template && !unit.includes('{instance}'))
      refuse(`${path}.unit`, 'must hold {instance}, because there is an instancePattern');
    if (!/\.service$/.test(unit)) refuse(`${path}.unit`, 'must end in .service');
  }
  checkCall(`${path}.foreground`, service.foreground, known);
  service.foreground.prepare?.forEach((call, index) =>
    checkCall(`${path}.foreground.prepare[${index}]`, call, known),
  );
  service.validators.forEach((call, index) => checkCall(`${path}.validators[${index}]`, call, known));
  if (service.reload.kind === 'calls') {
    service.reload.calls.forEach((call, index) => checkCall(`${path}.reload.calls[${index}]`, call, known));
  }
  if (service.probe) checkProbe(driver, `${path}.probe`, service.probe, known);
}

function checkProbe(driver: Driver, path: string, probe: DriverProbe, known: Set<string>): void {
  if (probe.kind === 'connect') return placeholders(`${path}.socket`, probe.socket, known);
  if (probe.kind === 'call') {
    regex(`${path}.expect`, probe.expect.replaceAll('{generation}', '1').replaceAll('{instance}', 'x'));
    return checkCall(`${path}.call`, probe.call, known);
  }
  if ((probe.socket === undefined) === (probe.port === undefined))
    refuse(path, 'must have either a socket or a port');
  for (const field of ['socket', 'path', 'expect'] as const)
    placeholders(`${path}.${field}`, probe[field] ?? '', known);
  const file = probe.generationFile;
  if (!file) return;
  if (!Object.hasOwn(driver.roots, file.root))
    refuse(`${path}.generationFile.root`, 'must name one of roots');
  placeholders(`${path}.generationFile.path`, file.path, known);
  const bad = file.path.split('/').some((part) => part === '' || part === '.' || part === '..');
  if (bad) refuse(`${path}.generationFile.path`, 'must be a path below its root');
}

function checkCall(path: string, call: DriverCall, known: Set<string>): void {
  for (const program of [call.program].flat()) {
    if (REFUSED_PROGRAMS.test(program.slice(program.lastIndexOf('/') + 1))) {
      refuse(
        `${path}.program`,
        `must not be ${program}: name the program itself, not one that starts others`,
      );
    }
  }
  call.argv.forEach((each, index) => placeholders(`${path}.argv[${index}]`, each, known));
}

function placeholders(path: string, text: string, known: Set<string>): void {
  for (const [, name] of text.matchAll(PLACEHOLDER)) {
    if (name !== undefined && !known.has(name)) refuse(path, `holds {${name}}, which is not declared`);
  }
}

function regex(path: string, source: string): void {
  try {
    new RegExp(source, 'u');
  } catch (error) {
    refuse(path, `must be a regular expression: ${error instanceof Error ? error.message : String(error)}`);
  }
}
