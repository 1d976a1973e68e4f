import { z } from 'zod';

/** A new password: 12 to 256 characters, no other rule (NIST SP 800-63B). */
export const newPassword = z
  .string()
  .min(12, 'Use at least 12 characters. Several words in a row are easy to remember.')
  .max(256, 'Use at most 256 characters.')
  .meta({ format: 'password' });

/** A password as typed at log-in: any length that can be right. */
export const typedPassword = z.string().min(1, 'Type your password.').max(256).meta({ format: 'password' });
