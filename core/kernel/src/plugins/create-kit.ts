import type { HookTaps, PluginKit } from '@tenpanel/sdk';
import type { Kernel } from '../contracts.js';
import { systemActor } from '../hooks/system-actor.js';
import { createTemplates } from '../templates/templates.js';
import type { Candidate } from './candidate.js';
import { gateAgent } from './gate-agent.js';
import { createPluginSettings } from './plugin-settings.js';
import type { Staged } from './staged.js';

/**
 * The kit of one plugin. Registering is possible while `staged.open`; everything is checked against the manifest, and
 * what breaks it is both thrown at the plugin and kept in `staged.problems`.
 */
export function createKit(
  kernel: Kernel,
  candidate: Candidate,
  staged: Staged,
  onBreach: (reason: string) => void,
): PluginKit {
  const { manifest } = candidate;
  const log = kernel.log;

  const broken = (problem: string): never => {
    staged.problems.push(problem);
    throw new Error(problem);
  };
  const registering = <A extends unknown[]>(what: string, work: (...args: A) => void) => {
    return (...args: A): void => {
      if (!staged.open) throw new Error(`kit.${what} works only inside setup of ${manifest.id}.`);
      work(...args);
    };
  };
  const tap = (phase: keyof HookTaps) =>
    registering(`hooks.${phase}`, (name: string, ...rest: unknown[]) => {
      if (!manifest.hooks.uses.includes(name))
        broken(`Its code taps the hook ${name}, which the manifest does not name in "hooks.uses".`);
      staged.taps.push({
        hook: name,
        commit: () => (kernel.hooks.taps(manifest.id)[phase] as (...args: unknown[]) => void)(name, ...rest),
      });
    });
  const push = <T>(what: string, list: T[]) => registering(what, (spec: T) => void list.push(spec));

  const kit = {
    id: manifest.id,
    log,
    settings: createPluginSettings(kernel, manifest),
    secrets: {
      seal: (plain: string, place: string) => kernel.secrets.seal(plain, `${manifest.id}/${place}`),
      open: (sealed: string, place: string) => kernel.secrets.open(sealed, `${manifest.id}/${place}`),
    },
    agent: gateAgent(kernel.agent, manifest, (reason) => {
      staged.problems.push(reason);
      onBreach(reason);
    }),
    hooks: { before: tap('before'), with: tap('with'), after: tap('after') },
    now: kernel.now,
    render: createTemplates(candidate.dir),
    read: <T>(work: (em: ReturnType<typeof kernel.db.systemReader>) => Promise<T>) =>
      work(kernel.db.systemReader()),
    transaction: (work: Parameters<PluginKit['transaction']>[0]) =>
      kernel.db.transaction('/', (em) => {
        const actor = systemActor(manifest.id);
        const desired = kernel.desired.for(em, actor);
        return work(em, desired, kernel.hooks.runner(em, actor, desired));
      }),
    route: push('route', staged.routes),
    reconcile: push('reconcile', staged.reconcilers),
    job: push('job', staged.jobs),
    schedule: push('schedule', staged.schedules),
    provide: registering('provide', (token: { id: string; version: string }, value: unknown) => {
      if (!Object.hasOwn(manifest.provides, token.id))
        broken(`Its code provides ${token.id}, which the manifest does not name in "provides".`);
      staged.provided.set(token.id, { token, value });
    }),
    limit: push('limit', staged.limits),
    metric: push('metric', staged.metrics),
    check: push('check', staged.checks),
    limits: kernel.limits,
    onStart: push('onStart', staged.starts),
    onStop: push('onStop', staged.stops),
  };
  // The generic signatures of the SDK are for authors; here every spec is alike.
  return kit as unknown as PluginKit;
}
