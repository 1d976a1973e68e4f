import { accountsToken, definePlugin } from '@tenpanel/sdk';
import { Greeting } from './greeting.js';
import { createGreeting, listGreetings, sendGreeting } from './greeting-routes.js';
import { migrations } from './migrations.js';
import { sendJob } from './send-job.js';
import { welcome } from './welcome.js';

export default definePlugin({
  id: 'hello',
  deps: { accounts: accountsToken },
  entities: [Greeting],
  migrations,
  setup(kit, { accounts }) {
    kit.limit({
      key: 'greetings',
      title: 'Greetings',
      unit: 'count',
      default: 3,
      used: (em, accountId) => em.count(Greeting, { accountId }),
    });
    kit.route(listGreetings());
    kit.route(createGreeting(kit, accounts));
    kit.route(sendGreeting());
    kit.job(sendJob());
    kit.hooks.with('account.create', welcome(kit));
  },
});
