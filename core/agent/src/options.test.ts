import { describe, expect, it } from 'vitest';
import { parseOptions } from './options.js';

describe('parseOptions', () => {
  it('has the places of a real server by default', () => {
    expect(parseOptions([])).toMatchObject({
      socket: '/run/tenpanel/agent.sock',
      state: '/var/lib/tenpanel-agent',
      drivers: '/etc/tenpanel/drivers.d',
      group: 'tenpanel',
      root: null,
    });
  });

  it('puts everything below the folder of a simulated host', () => {
    expect(parseOptions(['--root', '/tmp/sim/'])).toMatchObject({
      socket: '/tmp/sim/run/tenpanel/agent.sock',
      state: '/tmp/sim/var/lib/tenpanel-agent',
      group: null,
      root: '/tmp/sim',
    });
  });

  it('refuses what it does not know, options without a value, and relative paths', () => {
    expect(() => parseOptions(['--sokcet', '/x'])).toThrow('Unknown option --sokcet');
    expect(() => parseOptions(['--socket'])).toThrow('needs a value');
    expect(() => parseOptions(['--state', 'here'])).toThrow('absolute path');
  });
});
