import { emitters } from '@tenpanel/sdk';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hostSkipReason, TestHost } from './test-host.js';

const skip = hostSkipReason();
const unit = 'emitted-words.service';
const escape = (value: string) => emitters['systemd']?.escape(value) ?? '';

describe.skipIf(skip !== null)('what the systemd emitter writes', () => {
  let host: TestHost;
  beforeAll(async () => void (host = await TestHost.start('emitter')));
  afterAll(() => host?.stop());

  test('is read by systemd itself as the same words', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 20 }),
      fc.string({ unit: fc.constantFrom(...'"\\%;# a\'=*'), maxLength: 20 }),
    );
    const values = fc.sample(text, { numRuns: 300 }).filter((value) => !/[$\p{C}\u2028\u2029]/u.test(value));
    expect(values.length).toBeGreaterThan(200);
    const argv = ['/usr/bin/printf', escape('<%s>\\n'), ...values.map(escape)];
    const lines = [
      '[Service]',
      'Type=oneshot',
      'StandardOutput=file:/run/words',
      `ExecStart=${argv.join(' ')}`,
    ];
    await host.must(['/usr/bin/tee', `/etc/systemd/system/${unit}`], { input: `${lines.join('\n')}\n` });
    await host.must(['/usr/bin/systemctl', 'daemon-reload']);
    await host.must(['/usr/bin/systemctl', 'start', unit]);
    const read = await host.must(['/bin/cat', '/run/words']);
    expect(read.replace(/\n$/, '').split('\n')).toEqual(values.map((value) => `<${value}>`));
  });
});
