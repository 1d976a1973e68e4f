import { z } from '@tenpanel/sdk';
import { Greeting } from './greeting.js';

/** A job runs at least once, so it looks first whether its work is done. */
export const sendJob = () => ({
  name: 'hello.send',
  title: 'Send a greeting',
  input: z.strictObject({ id: z.number().int() }),
  async run({ id }, ctx) {
    await ctx.progress(10, 'Looking for the greeting');
    const text = await ctx.transaction(async (em) => {
      const row = await em.findOne(Greeting, { id });
      if (!row) return null;
      row.sentAt ??= new Date();
      return row.text;
    });
    await ctx.progress(100, text === null ? 'The greeting is gone' : `Sent: ${text}`);
  },
});
