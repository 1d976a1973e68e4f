import { resolve } from 'node:path';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';
import { importMap, shared } from './import-map.ts';

const here = import.meta.dirname;

export default defineConfig({
  plugins: [vue(), importMap()],
  resolve: { conditions: ['source', 'module', 'browser', 'production'] },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: {
        index: resolve(here, 'index.html'),
        ...Object.fromEntries(
          Object.values(shared).map((file) => [file.replace(/^.*\/(.*)\.ts$/, '$1'), resolve(here, file)]),
        ),
      },
      // What plugins import must keep its names.
      preserveEntrySignatures: 'strict',
    },
  },
});
