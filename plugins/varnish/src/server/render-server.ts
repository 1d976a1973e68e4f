import { emitted, vclTokens, type PluginKit } from '@tenpanel/sdk';

export interface ServerView {
  backend: string;
  ttl: number;
  grace: number;
  /** Answers of at least this many megabytes (rounded up to a power of ten of bytes) are not kept. */
  maxObjectDigits: number;
  storageMegabytes: number;
  /** Sites with VCL of their own that is loaded, and the generation of it. */
  sites: { id: number; generation: number }[];
}

export const vclFolder = '/etc/varnish/tenpanel';
const policy = `${vclFolder}/policy.vcl`;

export const siteLabel = (id: number) => `tp_site_${id}`;
export const siteProgram = (id: number, generation: number) => `tp_site_${id}_${generation}`;

/** All files that the Varnish server itself reads, by their names below /etc/varnish/tenpanel. */
export function renderServer(kit: Pick<PluginKit, 'render'>, view: ServerView): Record<string, string> {
  const sites = view.sites.map(({ id }) => ({ id, label: emitted(label(id)) }));
  const files = {
    'policy.vcl': kit.render('policy.vcl.eta', {
      backend: view.backend,
      ttl: view.ttl,
      grace: view.grace,
      tooLarge: `^[0-9]{${view.maxObjectDigits},}$`,
    }),
    'plain.vcl': kit.render('plain.vcl.eta', { policy }),
    'main.vcl': kit.render('main.vcl.eta', { policy, sites }),
    'start.cli': startCommands(view.sites),
    environment: `TENPANEL_STORAGE=${whole(view.storageMegabytes)}m\n`,
  };
  readBack(
    files['main.vcl'],
    view.sites.map(({ id }) => id),
  );
  return files;
}

/**
 * What Varnish does when it starts. The policy alone comes first: when the VCL of one site does not load (`-` passes over
 * that), all others are still served.
 */
function startCommands(sites: ServerView['sites']): string {
  const own = sites.flatMap(({ id, generation }) => [
    `-vcl.load ${siteProgram(id, whole(generation))} ${vclFolder}/sites/${whole(id)}.vcl`,
    `-vcl.label ${label(id)} ${siteProgram(id, generation)}`,
  ]);
  const lines = [
    `vcl.load tp_plain ${vclFolder}/plain.vcl`,
    'vcl.use tp_plain',
    ...own,
    `-vcl.load tp_boot ${vclFolder}/main.vcl`,
    '-vcl.use tp_boot',
  ];
  return `${lines.join('\n')}\n`;
}

function label(id: number): string {
  return siteLabel(whole(id));
}

function whole(value: number): number {
  if (!Number.isSafeInteger(value) || value < 0)
    throw new Error('A number of the Varnish configuration is not whole.');
  return value;
}

/** The dispatcher names exactly the sites we meant, in order. */
function readBack(main: string, ids: number[]): void {
  const tokens = vclTokens(main);
  const named = tokens
    .filter((token, index) => token.kind === 'string' && tokens[index - 1]?.text === '==')
    .map((token) => Number(token.text));
  if (named.length !== ids.length || named.some((id, index) => id !== ids[index]))
    throw new Error('The VCL names sites that nobody asked for.');
}
