import { createApp } from 'vue';
import { createI18n } from 'vue-i18n';
import { createRouter, createWebHistory } from 'vue-router';
import App from './App.vue';
import { session } from './session.js';
import de from './locales/de.json';
import en from './locales/en.json';
import ListPage from './pages/ListPage.vue';
import LoginPage from './pages/LoginPage.vue';
import OverviewPage from './pages/OverviewPage.vue';
import { lists } from './lists.js';
import { followColourScheme } from './scheme.js';
import '../../themes/default/tokens.css';
import './style.css';

const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', component: OverviewPage },
    { path: '/login', component: LoginPage, meta: { public: true } },
    ...lists.map((list) => ({ path: `/${list.name}`, component: ListPage, props: { list } })),
    { path: '/:rest(.*)*', redirect: '/' },
  ],
});

router.beforeEach(async (to) => {
  if (to.meta['public'] === true) return true;
  return (await session.restore()) ? true : { path: '/login', query: { next: to.fullPath } };
});

const language = navigator.languages.map((tag) => tag.slice(0, 2)).find((tag) => tag === 'de' || tag === 'en') ?? 'en';
document.documentElement.lang = language;
const i18n = createI18n({ legacy: false, locale: language, fallbackLocale: 'en', messages: { en, de } });

followColourScheme();
createApp(App).use(router).use(i18n).mount('#app');
