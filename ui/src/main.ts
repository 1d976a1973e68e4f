import { createApp, watch } from 'vue';
import { createI18n } from 'vue-i18n';
import { createRouter, createWebHistory } from 'vue-router';
import App from './App.vue';
import { session } from './api/session.js';
import de from './locales/de.json';
import en from './locales/en.json';
import ListPage from './pages/ListPage.vue';
import LoginPage from './pages/LoginPage.vue';
import OverviewPage from './pages/OverviewPage.vue';
import { lists } from './lists.js';
import { pluginMessages } from './plugins/plugin-messages.js';
import { loadPlugins, pluginParts } from './plugins/plugin-parts.js';
import { followColourScheme } from './scheme.js';
import '../../themes/default/tokens.css';
import './style.css';

const messages = { en, de };
type Language = keyof typeof messages;

const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', component: OverviewPage },
    { path: '/login', component: LoginPage, meta: { public: true } },
    ...lists.map((list) => ({ path: `/${list.name}`, component: ListPage, props: { list } })),
    { path: '/:rest(.*)*', name: 'elsewhere', component: OverviewPage },
  ],
});

router.beforeEach(async (to) => {
  if (to.meta['public'] === true) return true;
  // A panel that does not answer is not a session that ended; either way the way on is the sign-in page.
  const goesOn = await session.restore().catch(() => false);
  if (!goesOn) return { path: '/login', query: to.path === '/' ? {} : { next: to.fullPath } };
  const plugins = loadPlugins(router).catch((error: unknown) => console.error(error));
  if (to.name !== 'elsewhere') return true;
  // It may be the page of a plugin, which is known once its module is here.
  await plugins;
  return router.resolve(to.fullPath).name === 'elsewhere' ? '/' : to.fullPath;
});

const languageOf = (tags: readonly string[]): Language =>
  tags.map((tag) => tag.slice(0, 2)).find((tag): tag is Language => tag in messages) ?? 'en';
const i18n = createI18n({ legacy: false, locale: 'en', fallbackLocale: 'en', messages });

function speak(language: Language): void {
  i18n.global.locale.value = language;
  document.documentElement.lang = language;
  session.speak(language);
}

// Plugins bring their own texts; a language that is chosen later needs them too.
watch([() => pluginParts.loaded, i18n.global.locale], async ([plugins, language]) => {
  const messages = await pluginMessages(plugins, language).catch(() => ({}));
  i18n.global.mergeLocaleMessage(language, messages);
});

// The person's own choice, else the browser's.
watch(
  () => session.state.me,
  (me, before) => {
    speak(languageOf([...(me?.language ? [me.language] : []), ...navigator.languages]));
    const { path, fullPath } = router.currentRoute.value;
    if (before && !me && path !== '/login')
      void router.push({ path: '/login', query: { ended: null, next: fullPath } });
  },
  { immediate: true, flush: 'sync' },
);

followColourScheme();
createApp(App).use(router).use(i18n).mount('#app');
