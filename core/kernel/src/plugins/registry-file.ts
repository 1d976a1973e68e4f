import { readFile } from 'node:fs/promises';
import { z } from '@tenpanel/sdk';

const registrySchema = z.strictObject({
  $comment: z.string().optional(),
  /** Publisher id -> ed25519 public key (SPKI, base64), null while none is published. */
  publishers: z.record(z.string(), z.strictObject({ title: z.string(), publicKey: z.string().nullable() })),
  plugins: z.record(
    z.string(),
    z.strictObject({
      package: z.string(),
      range: z.string(),
      /** npm integrity of the package's archive, when it comes from a registry; null for what is in this repository. */
      integrity: z.string().nullable(),
      publisher: z.string(),
      tier: z.enum(['core', 'verified', 'community']),
      onByDefault: z.boolean(),
    }),
  ),
});

export type PluginRegistry = z.infer<typeof registrySchema>;

/** Read `plugin-registry.json`. A missing file is an empty registry: every plugin is local then. */
export async function readRegistry(file: string | null): Promise<PluginRegistry> {
  if (file === null) return { publishers: {}, plugins: {} };
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { publishers: {}, plugins: {} };
    throw error;
  }
  const parsed = registrySchema.safeParse(JSON.parse(text));
  if (!parsed.success) throw new Error(`${file} is wrong: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
