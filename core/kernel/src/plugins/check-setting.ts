import { FieldError, type SettingSpec } from '@tenpanel/sdk';

type Value = string | number | boolean | null;

/** A setting's value as its manifest allows it. Throws `FieldError` (422) at `settings.<key>`. */
export function checkSetting(key: string, spec: SettingSpec, value: unknown): Value {
  const refuse = (message: string): never => {
    throw new FieldError(['settings', key], 'settings.invalid', message, { key });
  };
  if (value === null) return null;
  switch (spec.type) {
    case 'boolean':
      return typeof value === 'boolean' ? value : refuse(`${spec.title} is on or off: write true or false.`);
    case 'number': {
      if (typeof value !== 'number' || !Number.isFinite(value)) return refuse(`${spec.title} is a number.`);
      if (spec.min !== undefined && value < spec.min) return refuse(`${spec.title} is at least ${spec.min}.`);
      if (spec.max !== undefined && value > spec.max) return refuse(`${spec.title} is at most ${spec.max}.`);
      return value;
    }
    case 'enum':
      return typeof value === 'string' && spec.options?.includes(value)
        ? value
        : refuse(`${spec.title} is one of ${(spec.options ?? []).join(', ')}.`);
    default: {
      if (typeof value !== 'string' || value.length > 4096)
        return refuse(`${spec.title} is a text of at most 4096 characters.`);
      // eslint-disable-next-line no-control-regex
      if (/[\u0000-\u001f\u007f]/.test(value))
        return refuse(`${spec.title} is one line, without control characters.`);
      if (spec.pattern !== undefined && !new RegExp(`^(?:${spec.pattern})$`, 'u').test(value))
        return refuse(spec.help ?? `${spec.title} has another form.`);
      return value;
    }
  }
}
