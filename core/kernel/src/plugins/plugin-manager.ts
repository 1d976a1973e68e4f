import { isAbsolute, resolve } from 'node:path';
import type { EntityManager } from '@mikro-orm/core';
import { Conflict, FieldError, NotFound } from '@tenpanel/sdk';
import type { Kernel } from '../contracts.js';
import { schemaOf } from '../db/migrate.js';
import { sql } from '../db/sql.js';
import type { Candidate } from './candidate.js';
import type { CrashGuard } from './crash-guard.js';
import { dependantsOf } from './dependants-of.js';
import type { Lineup } from './lineup.js';
import { PluginProblem } from './plugin-problem.js';
import { readPluginRows, writePluginRow, type PluginRow, type RunSql } from './plugin-rows.js';
import {
  summaryOf,
  unreadableSummary,
  viewOf,
  type PluginFacts,
  type PluginSummary,
  type PluginView,
} from './plugin-view.js';
import { refuseForeignFiles } from './refuse-foreign-files.js';
import { readPackage } from './read-package.js';
import { restartChannel } from './restart-channel.js';

export interface ManagerParts {
  kernel: Pick<Kernel, 'registry' | 'agent'>;
  lineup: Lineup;
  guard: CrashGuard;
  conditions: readonly string[];
}

/**
 * What an administrator does with plugins. Every change is a row and a notification in the caller's transaction; when
 * it commits, web and worker restart and read the rows again.
 */
export class PluginManager {
  constructor(private readonly parts: ManagerParts) {}

  async list(em: EntityManager): Promise<PluginSummary[]> {
    const rows = await this.#rows(em);
    const { candidates, unreadable } = this.parts.lineup;
    return [
      ...candidates.map((one) => summaryOf(this.#facts(one, rows))),
      ...unreadable.map(unreadableSummary),
    ].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  async get(em: EntityManager, id: string): Promise<PluginView> {
    const candidate = this.#candidate(id);
    const rows = await this.#rows(em);
    return viewOf(this.#facts(candidate, rows), dependantsOf(id, this.#enabled(rows)));
  }

  async enable(em: EntityManager, id: string): Promise<void> {
    this.#candidate(id);
    this.parts.guard.forgive(id);
    await this.#write(em, id, { enabled: true, state: 'installed', reason: null, keptData: null });
  }

  /** Answers which plugins were disabled. 409 `plugin.hasDependants` unless `withDependants`. */
  async disable(em: EntityManager, id: string, withDependants: boolean): Promise<string[]> {
    const dependants = await this.#free(em, id, withDependants);
    for (const one of [...dependants, id])
      await this.#write(em, one, { enabled: false, state: 'disabled', reason: null });
    return [...dependants, id];
  }

  /** `purge` erases its tables at the next start; refused while things it manages still exist. */
  async uninstall(em: EntityManager, id: string, data: 'keep' | 'purge'): Promise<void> {
    await this.#free(em, id, false);
    if (data === 'purge') await this.#refuseWithResources(em, id);
    const reason = data === 'purge' ? 'Uninstalled; its data was erased.' : 'Uninstalled; its data is kept.';
    await this.#write(em, id, {
      enabled: false,
      state: 'uninstalled',
      reason,
      keptData: data === 'purge' ? 'purge' : 'kept',
    });
  }

  /** Load a plugin from a folder of this server. Its tier is `local`; nobody has vouched for it. */
  async addByPath(em: EntityManager, path: string): Promise<string> {
    const refuse = (message: string): never => {
      throw new FieldError(['path'], 'plugin.unusablePath', message, { path });
    };
    if (!isAbsolute(path) || resolve(path) !== path.replace(/\/+$/, ''))
      return refuse('Write the absolute path of the plugin’s folder, such as /opt/plugins/hello.');
    const dir = resolve(path);
    let id: string;
    try {
      id = (await readPackage(dir, this.parts.conditions)).manifest.id;
      await refuseForeignFiles(dir);
    } catch (error) {
      return refuse(
        error instanceof PluginProblem ? error.message : 'The folder cannot be read as a plugin.',
      );
    }
    const known = this.parts.lineup.candidates.find((one) => one.id === id);
    if (known && known.dir !== dir) return refuse(`A plugin with the id ${id} is in ${known.dir} already.`);
    await this.#write(em, id, {
      enabled: true,
      state: 'installed',
      reason: null,
      tier: 'local',
      source: dir,
    });
    return id;
  }

  /** Package sets of the plugin that are not on the host yet. Empty when its driver is not approved: nothing can be asked then. */
  async missingPackages(id: string): Promise<string[]> {
    const candidate = this.#candidate(id);
    const missing: string[] = [];
    for (const set of candidate.manifest.packages) {
      const status = await this.parts.kernel.agent('package.status', { driver: id, set }).catch(() => null);
      if (status && status.missing.length > 0) missing.push(set);
    }
    return missing;
  }

  packagesOf(id: string): readonly string[] {
    return this.#candidate(id).manifest.packages;
  }

  #candidate(id: string): Candidate {
    const candidate = this.parts.lineup.candidates.find((one) => one.id === id);
    if (!candidate) throw new NotFound('plugin');
    return candidate;
  }

  #facts(candidate: Candidate, rows: ReadonlyMap<string, PluginRow>): PluginFacts {
    const { lineup, kernel } = this.parts;
    return {
      candidate,
      row: rows.get(candidate.id),
      outcome: lineup.outcomes.get(candidate.id),
      running: kernel.registry.plugins.get(candidate.id),
    };
  }

  #enabled(rows: ReadonlyMap<string, PluginRow>): Candidate[] {
    return this.parts.lineup.candidates.filter(
      (one) => one.essential || (rows.get(one.id)?.enabled ?? one.onByDefault),
    );
  }

  async #free(em: EntityManager, id: string, withDependants: boolean): Promise<string[]> {
    const candidate = this.#candidate(id);
    if (candidate.essential)
      throw new Conflict('plugin.essential', `The panel cannot work without ${candidate.manifest.title}.`, {
        plugin: id,
      });
    const dependants = dependantsOf(id, this.#enabled(await this.#rows(em)));
    if (dependants.length > 0 && !withDependants) {
      const names = dependants.join(', ');
      throw new Conflict(
        'plugin.hasDependants',
        `These plugins need ${id}: ${names}. Disable them first, or all together with withDependants.`,
        { plugin: id, dependants: names },
      );
    }
    return dependants;
  }

  async #refuseWithResources(em: EntityManager, id: string): Promise<void> {
    const schema = schemaOf(id);
    const tables = await sql<{ name: string }>(
      em,
      `select table_name as name from information_schema.columns where table_schema = $1 and column_name = 'observed_generation' order by 1`,
      [schema],
    );
    for (const { name } of tables) {
      const [row] = await sql<{ count: number }>(
        em,
        `select count(*)::int as count from "${schema}"."${name}"`,
      );
      if (!row?.count) continue;
      throw new Conflict(
        'plugin.hasResources',
        `It still manages ${row.count} rows of ${name} on the server. Delete them first, then purge.`,
        { plugin: id, table: name },
      );
    }
  }

  #rows(em: EntityManager): Promise<Map<string, PluginRow>> {
    return readPluginRows(runIn(em));
  }

  async #write(em: EntityManager, id: string, change: Parameters<typeof writePluginRow>[2]): Promise<void> {
    await writePluginRow(runIn(em), id, change);
    await sql(em, 'select pg_notify($1, $2)', [restartChannel, id]);
  }
}

function runIn(em: EntityManager): RunSql {
  return (text, values) => sql(em, text, values);
}
