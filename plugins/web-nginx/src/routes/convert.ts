import { FieldError, idParam, textBlock, z, type AgentCall } from '@tenpanel/sdk';
import { convertHtaccess } from '../htaccess/convert.js';
import type { Room } from '../room.js';
import { changeSite } from '../services/change-site.js';
import { findSite } from '../services/create-site.js';
import { absoluteRoot } from '../render/site-view.js';
import { directives } from '../spec/directives.js';
import { redirect } from '../spec/redirect.js';
import { rewrite } from '../spec/rewrite.js';
import { errorPage } from '../spec/vhost-spec.js';
import { siteFolder } from '../paths.js';
import { siteReply, viewSite } from './site-view.js';

const MAX_BYTES = 256 * 1024;
const change = z.strictObject({
  rewrite: rewrite.optional(),
  redirects: z.array(redirect).optional(),
  errorPages: z.array(errorPage).optional(),
  directives: directives.optional(),
});

export const conversionReply = z.strictObject({
  lines: z.array(
    z.strictObject({
      line: z.number().int(),
      text: z.string(),
      outcome: z.enum(['converted', 'partly', 'notNeeded', 'notConverted']),
      message: z.string(),
    }),
  ),
  change: change.meta({ description: 'What PATCH /vhosts/{id} would take' }),
  applied: z.boolean(),
  site: siteReply,
});

export function convertRoute(room: Room): void {
  room.kit.route({
    method: 'POST',
    path: '/vhosts/{id}/convert-htaccess',
    permission: 'web.site.write',
    summary: 'Translate an .htaccess file, and say for each line what became of it',
    description:
      'Without `text` the file in the site’s document root is read. With `apply` the result is put into the site.',
    tags: ['vhosts'],
    command: { noun: 'vhosts', verb: 'convert-htaccess' },
    params: z.strictObject({ id: idParam }),
    body: z.strictObject({ text: textBlock(MAX_BYTES).optional(), apply: z.boolean().default(false) }),
    reply: conversionReply,
    async handler(ctx) {
      let row = await findSite(ctx.em, ctx.params.id);
      const text = ctx.body.text ?? (await readHtaccess(ctx.agent, row.spec));
      const { lines, change: found } = convertHtaccess(text, {
        documentRoot: absoluteRoot(row.spec),
        domain: row.spec.domain,
      });
      if (ctx.body.apply && Object.keys(found).length > 0) {
        row = await changeSite(room, ctx, row, {
          ...found,
          ...(found.directives ? { directives: { ...row.spec.directives, ...found.directives } } : {}),
          ...(found.redirects ? { redirects: [...row.spec.redirects, ...found.redirects] } : {}),
        });
      }
      return {
        lines,
        change: found,
        applied: ctx.body.apply && Object.keys(found).length > 0,
        site: viewSite(row),
      };
    },
  });
}

async function readHtaccess(
  agent: AgentCall,
  spec: { account: string; domain: string; documentRoot: string },
): Promise<string> {
  const path = `${siteFolder(spec.domain)}/${spec.documentRoot}/.htaccess`;
  const read = await agent('tenant.read', { account: spec.account, path, maxBytes: MAX_BYTES }).catch(
    () => null,
  );
  if (!read)
    throw new FieldError(
      ['text'],
      'web.noHtaccess',
      'There is no .htaccess file in the document root. Send its text.',
    );
  return read.encoding === 'base64' ? Buffer.from(read.content, 'base64').toString('utf8') : read.content;
}
