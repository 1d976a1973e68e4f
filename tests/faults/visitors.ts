import type { TestHost } from '../host/test-host.js';

const script = `n=0
while :; do
  n=$((n + 1))
  for path in page.html page.php; do
    code=$(curl -s -o /dev/null -w '%{http_code}' --max-time 15 --resolve steady.test:80:127.0.0.1 -H 'Connection: close' -H 'Cookie: PHPSESSID=1' "http://steady.test/$path")
    [ "$code" = 200 ] && echo ok || echo "$(date +%T.%N) $path $code"
  done >>/run/visitors.log
  sleep 0.1
done
`;

/** People who look at a site that nobody changes, each time over a new connection: a page, and a script that runs. */
export class Visitors {
  constructor(private readonly host: TestHost) {}

  async start(): Promise<void> {
    await this.stop();
    await this.host.must(['/usr/bin/tee', '/run/visitors.sh'], { input: script });
    await this.host.must(['/usr/bin/truncate', '-s', '0', '/run/visitors.log']).catch(() => '');
    await this.host.must([
      '/usr/bin/systemd-run',
      '--quiet',
      '--unit=visitors',
      '/bin/sh',
      '/run/visitors.sh',
    ]);
  }

  /** What they met since the start. Requests under way end first. */
  async stop(): Promise<{ seen: number; failures: string[] }> {
    await this.host.exec(['/usr/bin/systemctl', 'stop', 'visitors']);
    const { stdout } = await this.host.exec(['/bin/cat', '/run/visitors.log']);
    const lines = stdout.split('\n').filter((line) => line !== '');
    return { seen: lines.length, failures: lines.filter((line) => line !== 'ok') };
  }
}
