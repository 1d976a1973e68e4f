import { createHash } from 'node:crypto';
import type { ConfigChange, ConfigPlan, DriftedFile } from '@tenpanel/protocol';
import { AgentError } from '@tenpanel/protocol/agent-error';
import { absoluteOf, driverOf, entryOf } from './fake-driver.js';
import { checkService } from './fake-services.js';
import type { FakeFile, FakeState, Handlers } from './fake-state.js';

type ConfigOperation = 'config.plan' | 'config.apply' | 'config.rollback' | 'config.drift' | 'config.read';

/** Files with owners, generations and drift, as the real agent keeps them. */
export function configHandlers(state: FakeState): Handlers<ConfigOperation> {
  return {
    'config.plan': (change) => plan(state, change),
    'config.apply': (change) => {
      const key = `${change.driver}/${change.resource}`;
      const last = state.committed.get(key);
      if (last && change.generation < last.generation) {
        throw new AgentError(
          'agent.stale',
          `Generation ${last.generation} of ${change.resource} is in place already.`,
          { committed: last.generation },
        );
      }
      const planned = plan(state, change);
      if (planned.drifted.length > 0 && !change.force) {
        const names = planned.drifted.map((file) => file.absolute).join(', ');
        throw new AgentError('agent.drift', `Somebody has edited ${names}.`, { files: planned.drifted });
      }
      const moving = planned.files.filter((file) => file.action !== 'same');
      const before = new Map(
        [...state.files]
          .filter(([, file]) => owned(file, change))
          .map(([absolute, file]) => [absolute, { ...file }]),
      );
      for (const file of moving) {
        if (file.action === 'remove') state.files.delete(file.absolute);
        else {
          const { root, path, absolute, after } = file;
          state.files.set(absolute, {
            driver: change.driver,
            root,
            path,
            absolute,
            content: after,
            written: after,
            resource: change.resource,
          });
        }
      }
      // A kept file counts as written, as it is.
      for (const { absolute, action } of planned.files) {
        const file = state.files.get(absolute);
        if (action === 'same' && file && file.content !== null) file.written = file.content;
      }
      const changed = moving.length > 0;
      state.committed.set(key, {
        generation: change.generation,
        before: changed ? before : (last?.before ?? before),
        service: change.service,
        instance: change.instance,
      });
      if (changed) state.batch += 1;
      return { changed, batch: state.batch, files: moving.length };
    },
    'config.rollback': ({ driver, resource }) => {
      driverOf(state, driver);
      const last = state.committed.get(`${driver}/${resource}`);
      if (!last) throw new AgentError('agent.notFound', `Nothing was written for ${resource}.`);
      const current = [...state.files.values()].filter(
        (file) => file.driver === driver && file.resource === resource,
      );
      for (const file of current) state.files.delete(file.absolute);
      for (const [absolute, file] of last.before) state.files.set(absolute, { ...file });
      last.before = new Map(current.map((file) => [file.absolute, file]));
      state.batch += 1;
      return { changed: true, batch: state.batch, files: Math.max(current.length, last.before.size) };
    },
    'config.drift': ({ driver, root }) => {
      if (driver !== undefined) driverOf(state, driver);
      const files = [...state.files.values()].filter(
        (file) =>
          (driver === undefined || file.driver === driver) && (root === undefined || file.root === root),
      );
      return { checked: files.length, drifted: files.flatMap((file) => drift(file) ?? []) };
    },
    'config.read': ({ driver, root, path }) => {
      const absolute = absoluteOf(state, entryOf(driverOf(state, driver).roots, root, 'root'), path);
      return { content: state.files.get(absolute)?.content ?? null };
    },
  };
}

function plan(state: FakeState, change: ConfigChange): ConfigPlan {
  const driver = driverOf(state, change.driver);
  checkService(state, change);
  const files: ConfigPlan['files'] = [];
  const wanted = new Set<string>();
  const drifted: DriftedFile[] = [];
  for (const { root, path, content } of change.files) {
    const absolute = absoluteOf(state, entryOf(driver.roots, root, 'root'), path);
    if (wanted.has(absolute))
      throw new AgentError('agent.badRequest', `The file ${absolute} is named twice.`);
    wanted.add(absolute);
    const now = state.files.get(absolute);
    if (now && !owned(now, change))
      throw new AgentError('agent.notAllowed', `The file ${absolute} belongs to ${now.resource}.`);
    const before = now?.content ?? null;
    const kept = change.keep?.find((file) => file.root === root && file.path === path);
    if (now && kept && kept.sha256 === (before === null ? null : sha256(before))) {
      files.push({ root, path, absolute, action: 'same', before: before ?? '', after: before ?? '' });
      continue;
    }
    drifted.push(...(now && now.content !== content ? (drift(now) ?? []) : []));
    files.push({
      root,
      path,
      absolute,
      action: before === null ? 'create' : before === content ? 'same' : 'change',
      before: before ?? '',
      after: content,
    });
  }
  for (const file of state.files.values()) {
    if (!owned(file, change) || wanted.has(file.absolute)) continue;
    drifted.push(...(drift(file) ?? []));
    files.push({
      root: file.root,
      path: file.path,
      absolute: file.absolute,
      action: 'remove',
      before: file.content ?? '',
      after: '',
    });
  }
  return { files, drifted };
}

function owned(file: FakeFile, change: ConfigChange): boolean {
  return file.driver === change.driver && file.resource === change.resource;
}

function drift(file: FakeFile): DriftedFile[] | null {
  if (file.content === file.written) return null;
  const { driver, root, path, absolute, resource } = file;
  return [
    {
      driver,
      root,
      path,
      absolute,
      resource,
      state: file.content === null ? 'missing' : 'edited',
      writtenSha256: sha256(file.written),
      currentSha256: file.content === null ? null : sha256(file.content),
    },
  ];
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
