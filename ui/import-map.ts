import { createHash } from 'node:crypto';
import type { Plugin } from 'vite';

/** Module that a plugin's browser part may import -> the file of the shell that exports it. */
export const shared: Readonly<Record<string, string>> = {
  vue: 'src/shared/vue.ts',
  'vue-router': 'src/shared/vue-router.ts',
  'vue-i18n': 'src/shared/vue-i18n.ts',
  '@tenpanel/ui-sdk': 'src/shared/ui-sdk.ts',
};

/**
 * Writes the import map into the page, so that plugins share the shell's own copies, with the hashes that the browser
 * checks. The panel adds those of the plugins in the place of `__PLUGINS__`, and the nonce in that of `__NONCE__`.
 */
export function importMap(): Plugin {
  return {
    name: 'tenpanel-import-map',
    transformIndexHtml: {
      order: 'post',
      handler(_html, { bundle }) {
        const chunks = Object.values(bundle ?? {}).filter((part) => part.type === 'chunk');
        const addressOf = (source: string) => {
          const chunk = chunks.find(({ facadeModuleId }) => facadeModuleId?.endsWith(`/ui/${source}`));
          if (!chunk) throw new Error(`${source} is not in the build.`);
          return chunk;
        };
        const found = Object.entries(shared).map(([name, source]) => [name, addressOf(source)] as const);
        const map = {
          imports: Object.fromEntries(found.map(([name, { fileName }]) => [name, `/${fileName}`])),
          integrity: {
            __PLUGINS__: '',
            ...Object.fromEntries(
              found.map(([, { fileName, code }]) => [
                `/${fileName}`,
                `sha384-${createHash('sha384').update(code).digest('base64')}`,
              ]),
            ),
          },
        };
        return [
          {
            tag: 'script',
            attrs: { type: 'importmap', nonce: '__NONCE__' },
            children: JSON.stringify(map),
            injectTo: 'head-prepend',
          },
        ];
      },
    },
  };
}
