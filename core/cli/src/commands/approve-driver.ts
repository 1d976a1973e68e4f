import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CliContext } from '../context.js';
import { CliError } from '../errors.js';
import { ExitCode } from '../exit-codes.js';
import { plain } from '../output/plain.js';
import { readConfigFile } from '../setup/config-file.js';
import { driverSummary } from '../setup/driver-summary.js';
import { installDrivers, readDriver } from '../setup/drivers.js';
import { apiCall } from './api-call.js';

/** Show what a plugin's host driver lets the root agent do, ask, and install it. False when it is installed already. */
export async function approveDriver(context: CliContext, id: string, yes: boolean): Promise<boolean> {
  const { layout, terminal } = context;
  const dir = await pluginFolder(context, id);
  const driver = readDriver(dir);
  if (!driver) return false;
  if (driver.plugin !== id)
    throw new CliError(`The folder ${dir} holds the plugin ${driver.plugin}, not ${id}.`, ExitCode.refused);
  const place = join(layout.driversDir, `${id}.json`);
  if (existsSync(place) && readFileSync(place, 'utf8') === driver.text) return false;
  terminal.note(
    terminal.noteStyle.bold(
      `Host driver of ${id} (${driver.sha256.slice(0, 16)}), what the root agent may do for it:`,
    ),
  );
  for (const line of driverSummary(driver.driver)) terminal.note(`  ${plain(line)}`);
  if (!yes && !(await context.confirm(`Let the root agent do this for ${id}?`))) {
    throw new CliError(
      'The driver was not approved. Add --yes to approve it without asking.',
      ExitCode.refused,
    );
  }
  installDrivers(layout.driversDir, [driver]);
  return true;
}

/** From the plugin folders of the configuration, or the folder that the plugin was added by. */
async function pluginFolder(context: CliContext, id: string): Promise<string> {
  for (const folder of readConfigFile(context.layout)?.pluginDirs ?? []) {
    const dir = join(folder, id);
    if (existsSync(join(dir, 'package.json'))) return dir;
  }
  const view = await apiCall<{ source: string | null }>(
    context,
    'GET',
    `/api/plugins/${encodeURIComponent(id)}`,
  );
  if (view.source && existsSync(join(view.source, 'package.json'))) return view.source;
  throw new CliError(`The folder of ${id} is not on this server.`, ExitCode.notFound);
}
