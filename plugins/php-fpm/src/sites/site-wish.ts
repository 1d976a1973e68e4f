import { FieldError, z, type SiteDraft } from '@tenpanel/sdk';

const wish = z.strictObject({
  version: z
    .string()
    .regex(/^\d\.\d{1,2}$/)
    .optional(),
});

/** `extra.php` of a request that creates or changes a site: `{version: "8.2"}`. 422 when it is something else. */
export function siteWish(draft: Pick<SiteDraft, 'extra'>): { version?: string | undefined } {
  const raw = draft.extra['php'];
  if (raw === undefined || raw === null) return {};
  const parsed = wish.safeParse(raw);
  if (parsed.success) return parsed.data;
  throw new FieldError(
    ['extra', 'php'],
    'php.badWish',
    'Write {"version": "8.4"}, with one of the versions that GET /php lists.',
  );
}
