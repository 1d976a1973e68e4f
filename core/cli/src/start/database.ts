import { createLog } from '@tenpanel/kernel/boot/create-log';
import { ensureRoles } from '@tenpanel/kernel/postgres/ensure-roles';
import { runningPostmaster } from '@tenpanel/kernel/postgres/postmaster';
import { startEmbeddedPostgres } from '@tenpanel/kernel/postgres/start-embedded-postgres';
import type { Layout } from '../layout/layout.js';
import { readConfigFile, type DatabaseUrls } from '../setup/config-file.js';
import type { PanelUser } from '../setup/panel-user.js';

export interface RunningDatabase {
  urls: DatabaseUrls;
  /** Ours, below the panel's state folder; false for a server that was given by URL. */
  embedded: boolean;
  /** No longer start it again when it ends: somebody else takes it over. */
  release(): void;
  stop(): Promise<void>;
}

const LOOK_MS = 5_000;

/** An administrator's URL, else the server that `setup` was given, else the embedded one, which is kept running. */
export async function openDatabase(
  layout: Layout,
  user: PanelUser,
  adminUrl: string | undefined,
): Promise<RunningDatabase> {
  const known = readConfigFile(layout);
  if (adminUrl !== undefined) {
    return {
      urls: await ensureRoles(adminUrl, passwordsOf(known?.ownerDatabaseUrl, known?.databaseUrl)),
      embedded: false,
      release: () => undefined,
      stop: async () => undefined,
    };
  }
  if (known && !isEmbedded(layout, known.databaseUrl)) {
    return {
      urls: { ownerUrl: known.ownerDatabaseUrl, appUrl: known.databaseUrl },
      embedded: false,
      release: () => undefined,
      stop: async () => undefined,
    };
  }
  const options = {
    dataDir: layout.databaseDir,
    socketDir: layout.databaseSocketDir,
    uid: layout.preview ? null : user.uid,
    gid: layout.preview ? null : user.gid,
    log: createLog('tenpanel-postgres', 'warn'),
  };
  const server = await startEmbeddedPostgres(options);
  let starting = false;
  const watch = setInterval(() => {
    if (starting) return;
    starting = true;
    void runningPostmaster(layout.databaseDir)
      .then(async (found) => (found ? undefined : void (await startEmbeddedPostgres(options))))
      .catch((error: unknown) => options.log.error({ err: error }, 'the database could not be started again'))
      .finally(() => (starting = false));
  }, LOOK_MS);
  return {
    urls: { ownerUrl: server.ownerUrl, appUrl: server.appUrl },
    embedded: true,
    release: () => clearInterval(watch),
    async stop() {
      clearInterval(watch);
      await server.stop();
    },
  };
}

export function isEmbedded(layout: Layout, databaseUrl: string): boolean {
  return (
    URL.canParse(databaseUrl) && new URL(databaseUrl).searchParams.get('host') === layout.databaseSocketDir
  );
}

/** The roles' passwords of an earlier set-up on the same server stay valid, so that a second run changes nothing. */
function passwordsOf(
  ownerUrl: string | undefined,
  appUrl: string | undefined,
): { ownerPassword?: string; appPassword?: string } {
  const password = (url: string | undefined) =>
    url && URL.canParse(url) ? decodeURIComponent(new URL(url).password) : '';
  const [owner, app] = [password(ownerUrl), password(appUrl)];
  return { ...(owner === '' ? {} : { ownerPassword: owner }), ...(app === '' ? {} : { appPassword: app }) };
}
