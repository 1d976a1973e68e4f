import type { UiPage, UiPlugin, UiWidget } from '@tenpanel/ui-sdk';
import { reactive } from 'vue';
import type { Router } from 'vue-router';
import { session } from '../api/session.js';
import PluginPage from './PluginPage.vue';

interface Listed {
  id: string;
  title: string;
  entry: string;
  style: string | null;
}

export type PluginPart<T> = T & { plugin: string; pluginTitle: string };

/** What the plugins bring into the shell. `failed`: those whose module could not be loaded, with the reason. */
export const pluginParts = reactive({
  /** Ids of those that are there. */
  loaded: [] as string[],
  pages: [] as PluginPart<UiPage>[],
  widgets: [] as PluginPart<UiWidget>[],
  failed: [] as { plugin: string; title: string; reason: string }[],
});

export const pagePath = (page: PluginPart<UiPage>): string => `/plugins/${page.plugin}/${page.path}`;

let loading: Promise<void> | null = null;

/** Load the browser parts once; one that fails keeps nobody else out. */
export function loadPlugins(router: Router): Promise<void> {
  loading ??= load(router).catch((error: unknown) => {
    loading = null;
    throw error;
  });
  return loading;
}

async function load(router: Router): Promise<void> {
  const { items } = await session.get<{ items: Listed[] }>('/api/ui/plugins');
  const loaded: string[] = [];
  await Promise.all(
    items.map(async ({ id, title, entry, style }) => {
      try {
        const { default: plugin } = (await import(/* @vite-ignore */ entry)) as { default: UiPlugin };
        if (style !== null) addStyle(id, style);
        loaded.push(id);
        const named = { plugin: id, pluginTitle: title };
        pluginParts.widgets.push(...(plugin.widgets ?? []).map((widget) => ({ ...widget, ...named })));
        for (const declared of plugin.pages ?? []) {
          const page = { ...declared, ...named };
          pluginParts.pages.push(page);
          router.addRoute({ path: pagePath(page), component: PluginPage, props: { page } });
        }
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        pluginParts.failed.push({ plugin: id, title, reason });
        console.error(`The browser part of ${id} could not be loaded.`, error);
      }
    }),
  );
  pluginParts.loaded = loaded;
}

/** In a layer below the shell's own styles, so that a plugin cannot overrule them. */
function addStyle(plugin: string, address: string): void {
  const style = document.createElement('style');
  style.nonce = document.querySelector<HTMLScriptElement>('script[nonce]')?.nonce ?? '';
  style.textContent = `@import url(${JSON.stringify(address)}) layer(plugins.${plugin});`;
  document.head.append(style);
}
