import { defineUiPlugin } from '@tenpanel/ui-sdk';

const permission = 'hello.greeting.read';

export default defineUiPlugin({
  pages: [{ path: 'greetings', title: 'greetings', permission, component: () => import('./greetings.js') }],
  widgets: [{ id: 'latest', title: 'latest', permission, component: () => import('./latest.js') }],
});
