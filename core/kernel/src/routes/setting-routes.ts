import { NotFound, z, type EntityManager, type RouteSpec, type SettingSpec } from '@tenpanel/sdk';
import type { Kernel } from '../contracts.js';
import { checkSetting } from '../plugins/check-setting.js';
import { defineRoute } from './define-route.js';
import { kernelSettings } from './kernel-settings.js';

const settingReply = z
  .strictObject({
    owner: z.string(),
    key: z.string(),
    type: z.enum(['string', 'number', 'boolean', 'enum', 'secret']),
    title: z.string(),
    help: z.string().nullable(),
    default: z.union([z.string(), z.number(), z.boolean(), z.null()]),
    value: z
      .union([z.string(), z.number(), z.boolean(), z.null()])
      .meta({ description: 'A secret is never shown: true when it is set.' }),
    isDefault: z.boolean(),
    options: z.array(z.string()).nullable(),
    min: z.number().nullable(),
    max: z.number().nullable(),
  })
  .meta({ id: 'Setting' });
type Shown = z.output<typeof settingReply>;

const params = z.strictObject({
  owner: z.string().regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/),
  key: z.string().regex(/^[a-zA-Z][a-zA-Z0-9.-]{0,100}$/),
});

/** Settings of the kernel and of the plugins, as their manifests declare them. */
export function settingRoutes(kernel: Kernel): RouteSpec[] {
  const specsOf = (owner: string): Record<string, SettingSpec> =>
    owner === 'kernel' ? kernelSettings : (kernel.registry.plugins.get(owner)?.manifest.settings ?? {});
  const specOf = (owner: string, key: string): SettingSpec => {
    const specs = specsOf(owner);
    const spec = Object.hasOwn(specs, key) ? specs[key] : undefined;
    if (!spec) throw new NotFound('setting');
    return spec;
  };
  const show = async (em: EntityManager, owner: string, key: string, spec: SettingSpec): Promise<Shown> => {
    const stored = await kernel.settings.get(em as never, owner, key);
    const isDefault = stored === undefined || stored === null;
    const plain = isDefault ? spec.default : (stored as Shown['value']);
    return {
      owner,
      key,
      type: spec.type,
      title: spec.title,
      help: spec.help ?? null,
      default: spec.type === 'secret' ? null : spec.default,
      value: spec.type === 'secret' ? !isDefault : plain,
      isDefault,
      options: spec.options ?? null,
      min: spec.min ?? null,
      max: spec.max ?? null,
    };
  };

  return [
    defineRoute({
      method: 'GET',
      path: '/settings',
      permission: 'setting.read',
      summary: 'List settings with their values',
      query: z.strictObject({ owner: params.shape.owner.optional() }),
      reply: z.strictObject({ items: z.array(settingReply), next: z.null() }),
      handler: async (ctx) => {
        const owners =
          ctx.query.owner === undefined ? ['kernel', ...kernel.registry.plugins.keys()] : [ctx.query.owner];
        const items: Shown[] = [];
        for (const owner of owners) {
          for (const [key, spec] of Object.entries(specsOf(owner)))
            items.push(await show(ctx.em, owner, key, spec));
        }
        return { items, next: null };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/settings/{owner}/{key}',
      permission: 'setting.read',
      summary: 'Show a setting',
      command: { noun: 'settings', verb: 'show' },
      params,
      reply: settingReply,
      handler: (ctx) =>
        show(ctx.em, ctx.params.owner, ctx.params.key, specOf(ctx.params.owner, ctx.params.key)),
    }),
    defineRoute({
      method: 'PUT',
      path: '/settings/{owner}/{key}',
      permission: 'setting.write',
      summary: 'Change a setting',
      preview: false,
      command: { noun: 'settings', verb: 'set' },
      params,
      body: z.strictObject({ value: z.union([z.string().max(4096), z.number(), z.boolean(), z.null()]) }),
      reply: settingReply,
      handler: async (ctx) => {
        const { owner, key } = ctx.params;
        const spec = specOf(owner, key);
        const value = checkSetting(key, spec, fromText(spec, ctx.body.value));
        const sealed = spec.type === 'secret' && typeof value === 'string';
        await kernel.settings.set(
          ctx.em as never,
          owner,
          key,
          sealed ? kernel.secrets.seal(value, `settings:value:${owner}.${key}`) : value,
        );
        ctx.audit({ object: `setting/${owner}.${key}`, details: spec.type === 'secret' ? {} : { value } });
        return show(ctx.em, owner, key, spec);
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: '/settings/{owner}/{key}',
      permission: 'setting.write',
      summary: 'Put a setting back to its default',
      preview: false,
      command: { noun: 'settings', verb: 'reset' },
      params,
      status: 204,
      handler: async (ctx) => {
        const { owner, key } = ctx.params;
        specOf(owner, key);
        await kernel.settings.set(ctx.em as never, owner, key, null);
        ctx.audit({ object: `setting/${owner}.${key}`, summary: 'reset' });
        return undefined;
      },
    }),
  ];
}

/** A command line sends text; for a number or a switch it means the same. */
function fromText(
  spec: SettingSpec,
  value: string | number | boolean | null,
): string | number | boolean | null {
  if (typeof value !== 'string') return value;
  if (spec.type === 'boolean' && (value === 'true' || value === 'false')) return value === 'true';
  if (spec.type === 'number' && /^-?\d+(\.\d+)?$/.test(value)) return Number(value);
  return value;
}
