import type { SettingSpec } from '@tenpanel/sdk';

/** The kernel's own settings, in the form that plugins declare theirs. */
export const kernelSettings: Record<string, SettingSpec> = {
  'metrics.loopback': {
    type: 'boolean',
    title: 'Figures for Prometheus on this machine',
    help: 'Answer /metrics without a token when the request comes from this machine itself.',
    default: false,
  },
};
