import { beforeAll, describe, expect, it } from 'vitest';
import { hostSkipReason } from '../host/test-host.js';
import { expectHealthy } from './expect-healthy.js';
import { FaultHost } from './fault-host.js';

const skip = hostSkipReason();

describe.skipIf(skip !== null)('much at the same moment', () => {
  let host: FaultHost;
  beforeAll(async () => void (host = await FaultHost.open()));

  it('keeps the last of a hundred changes of one site, and loses none silently', async () => {
    await host.createSite('crowd.test');
    const id = (await host.site('crowd.test'))?.id;
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        host.ask<{ generation?: number; documentRoot?: string; code?: string }>('PATCH', `/vhosts/${id}`, {
          documentRoot: `public_html/n${n}`,
        }),
      ),
    );
    const done = answers.filter(({ status }) => status < 300);
    const refused = answers.filter(({ status }) => status >= 300);
    expect(done.length).toBeGreaterThan(0);
    // On a slow machine the last ones wait for the row longer than a request may, and are told so.
    for (const { status, body } of refused)
      expect([status, body.code]).toEqual([
        409,
        expect.stringMatching(/^(desired\.changedMeanwhile|http\.busy)$/),
      ]);
    done.sort((a, b) => (b.body.generation ?? 0) - (a.body.generation ?? 0));
    expect(new Set(done.map(({ body }) => body.generation)).size).toBe(done.length);
    const last = done[0]?.body.documentRoot ?? '';
    expect((await host.site('crowd.test'))?.documentRoot).toBe(last);
    host.acknowledged.set('crowd.test', { page: last.slice('public_html/'.length) });
    await expectHealthy(host);
  });

  it('suspends and resumes an account five hundred times', async () => {
    const url = `http://localhost/api/accounts/${host.account}`;
    const call = (verb: string, body: string) =>
      `curl -s -o /dev/null -w '%{http_code}\\n' --unix-socket /run/tenpanel/panel.sock -H 'content-type: application/json' -d '${body}' ${url}/${verb}`;
    const script = `for i in $(seq 250); do ${call('suspend', '{"reason":"test"}')}; ${call('resume', '{}')}; done | sort | uniq -c`;
    const counted = await host.test.must(['/bin/sh', '-c', script], { timeout: 170_000 });
    expect(counted.trim()).toMatch(/^500 2\d\d$/);
    await expectHealthy(host);
    await host.deleteSite('crowd.test');
    await expectHealthy(host, { cold: false });
  });
});
