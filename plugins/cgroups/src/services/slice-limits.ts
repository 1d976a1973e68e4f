import { FieldError, type LimitSpec, type SliceLimits } from '@tenpanel/sdk';

type Field = keyof SliceLimits;

/** The limits of this plugin: the plan's key, and the field of the agent's operation that carries it. */
export const sliceLimits: readonly { field: Field; spec: LimitSpec }[] = [
  {
    field: 'memoryBytes',
    spec: { key: 'memory', title: 'Memory', unit: 'bytes', default: 1_073_741_824, min: 16_777_216 },
  },
  {
    field: 'cpuPercent',
    spec: {
      key: 'cpu',
      title: 'CPU (percent of one core)',
      unit: 'percent',
      default: 100,
      min: 1,
      max: 102_400,
    },
  },
  {
    field: 'processes',
    spec: { key: 'processes', title: 'Processes', unit: 'count', default: 100, min: 10, max: 4_194_304 },
  },
  {
    field: 'ioReadBytesPerSecond',
    spec: { key: 'ioRead', title: 'Reading from disk', unit: 'bytesPerSecond', default: null, min: 65_536 },
  },
  {
    field: 'ioWriteBytesPerSecond',
    spec: { key: 'ioWrite', title: 'Writing to disk', unit: 'bytesPerSecond', default: null, min: 65_536 },
  },
  {
    field: 'ioWeight',
    spec: { key: 'ioWeight', title: 'Share of the disk', unit: 'weight', default: 100, min: 1, max: 10_000 },
  },
];

/** Limits of a plan by key -> arguments of `slice.set`. A key that is absent is not limited. */
export function planLimits(values: Readonly<Record<string, number | null>>): SliceLimits {
  const limits: SliceLimits = {
    memoryBytes: null,
    cpuPercent: null,
    processes: null,
    ioReadBytesPerSecond: null,
    ioWriteBytesPerSecond: null,
    ioWeight: null,
  };
  for (const { field, spec } of sliceLimits) limits[field] = values[spec.key] ?? null;
  return limits;
}

/** Values by key as an administrator gives them -> overrides; 422 outside a limit's range. */
export function overridesOf(
  values: Readonly<Record<string, number | null | undefined>>,
): Partial<SliceLimits> {
  const overrides: Partial<SliceLimits> = {};
  for (const { field, spec } of sliceLimits) {
    const value = values[spec.key];
    if (value === undefined) continue;
    if (
      value !== null &&
      ((spec.min !== undefined && value < spec.min) || (spec.max !== undefined && value > spec.max))
    ) {
      const range = spec.max === undefined ? `at least ${spec.min}` : `${spec.min} to ${spec.max}`;
      throw new FieldError([spec.key], 'cgroups.range', `${spec.title} must be ${range}, or unlimited.`, {
        key: spec.key,
        range,
      });
    }
    overrides[field] = value;
  }
  return overrides;
}
