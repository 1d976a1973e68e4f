import { z } from '@tenpanel/sdk';

/** An e-mail address, lower case: what people sign in with. */
export const emailAddress = z
  .string()
  .max(254)
  .transform((text) => text.trim().toLowerCase())
  .pipe(z.email('Write an e-mail address such as ann@example.com.'))
  .meta({ type: 'string', format: 'email' });
