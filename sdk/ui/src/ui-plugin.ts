import type { Component } from 'vue';

/** Loads a component when it is first shown: `() => import('./page.js')`, a module whose default is the component. */
export type LoadComponent = () => Promise<{ default: Component }>;

interface Part {
  /** Key of the plugin's own messages, without its id: `greetings`. */
  title: string;
  /** Who does not have it does not see the part. Left out: everybody who is signed in. */
  permission?: string;
  component: LoadComponent;
}

/** A page of its own, in the menu. */
export interface UiPage extends Part {
  /** Below `/plugins/<id>/`, lower case words with hyphens. */
  path: string;
}

/** A card on the overview. */
export interface UiWidget extends Part {
  /** Unique within the plugin. */
  id: string;
}

export interface UiPlugin {
  pages?: readonly UiPage[];
  widgets?: readonly UiWidget[];
}

/** The default export of a plugin's browser part. It only declares: components are loaded when they are shown. */
export function defineUiPlugin(plugin: UiPlugin): UiPlugin {
  return plugin;
}
