import { z } from 'zod';

/** Roles that exist without any plugin. */
export const roles = ['admin', 'reseller', 'client'] as const;
export type Role = (typeof roles)[number];

const semverRange = z.string().min(1).max(64);
const kebab = z
  .string()
  .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'use lower case letters, digits and single dashes');

export const settingSchema = z.strictObject({
  type: z.enum(['string', 'number', 'boolean', 'enum', 'secret']),
  title: z.string(),
  help: z.string().optional(),
  default: z.union([z.string(), z.number(), z.boolean(), z.null()]),
  options: z.array(z.string()).optional(),
  min: z.number().optional(),
  max: z.number().optional(),
  pattern: z.string().optional(),
});

/**
 * The key `tenpanel` of a plugin's package.json: everything the loader must know without running code.
 * What the code does is checked against it; an undeclared permission, hook or operation is a load error.
 */
export const manifestSchema = z.strictObject({
  id: kebab,
  /** Semver range of the SDK that the plugin was written for. */
  api: semverRange,
  tier: z.enum(['core', 'verified', 'community', 'local']),
  /** An essential plugin cannot be disabled. */
  essential: z.boolean().default(false),
  title: z.string().max(80),
  /** Capability -> version of the contract. */
  provides: z.record(z.string(), z.string()).default({}),
  requires: z.record(z.string(), semverRange).default({}),
  optional: z.record(z.string(), semverRange).default({}),
  conflicts: z.record(z.string(), semverRange).default({}),
  /** Permission -> roles that have it unless the administrator says otherwise. */
  permissions: z
    .record(
      z.string().regex(/^[a-z][a-zA-Z0-9]*(\.[a-z][a-zA-Z0-9]*)+$/),
      z.strictObject({ title: z.string(), roles: z.array(z.enum(roles)) }),
    )
    .default({}),
  hooks: z
    .strictObject({ offers: z.array(z.string()).default([]), uses: z.array(z.string()).default([]) })
    .default({ offers: [], uses: [] }),
  /** Operations of the root agent that this plugin calls. */
  operations: z.array(z.string()).default([]),
  /** Path of the host driver inside the package. */
  driver: z.string().nullable().default(null),
  /** Name of the driver's package set that must be installed before the plugin runs. */
  packages: z.array(z.string()).default([]),
  settings: z.record(z.string(), settingSchema).default({}),
  /** Entry of the browser part, an ES module such as `ui/index.js`; all files of its folder are served to browsers. */
  ui: z
    .string()
    .regex(
      /^[\w-]+(\/[\w-]+(\.[\w-]+)*)*\/[\w-]+\.m?js$/,
      'Write a path inside the package, such as ui/index.js.',
    )
    .nullable()
    .default(null),
  /** Folder with `<language>.json` files. */
  locales: z.string().nullable().default(null),
});

export type Manifest = z.infer<typeof manifestSchema>;
export type SettingSpec = z.infer<typeof settingSchema>;
