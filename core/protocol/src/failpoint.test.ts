import { execFileSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failpointNames } from './failpoint-names.js';

const core = fileURLToPath(new URL('../..', import.meta.url));
/** Where each name may stand: the process that its first word names. */
const rooms: Record<string, string> = { agent: 'agent/src/', worker: 'kernel/src/', web: 'kernel/src/http/' };

describe('the list of failpoints', () => {
  const placed = globSync('{agent,kernel,cli,protocol}/src/**/*.ts', { cwd: core })
    .filter((path) => !path.endsWith('.test.ts'))
    .flatMap((path) =>
      [...readFileSync(join(core, path), 'utf8').matchAll(/\bfailpoint\(\s*'([^']+)'/g)].map(
        ([, name = '']) => ({ name, path }),
      ),
    );

  it('names each place in the code, each once and no other', () => {
    expect(placed.map(({ name }) => name).sort()).toEqual([...failpointNames].sort());
  });

  it('names the process in which the place is', () => {
    for (const { name, path } of placed) expect(path).toContain(rooms[name.split('.')[0] ?? ''] ?? 'nowhere');
  });
});

describe('a failpoint', () => {
  let folder: string;
  const name = 'agent.config.reload.before';
  const pass = (times: number, environment: Record<string, string>) => {
    const module = pathToFileURL(fileURLToPath(new URL('./failpoint.ts', import.meta.url)));
    const script = `const { failpoint } = await import('${module.href}');
      for (let n = 1; n <= ${times}; n++) { await failpoint('${name}').catch((e) => console.log(e.code)); console.log(n); }`;
    try {
      return execFileSync(process.execPath, ['--no-warnings', '--input-type=module', '-e', script], {
        env: { ...process.env, ...environment },
        encoding: 'utf8',
      });
    } catch (error) {
      const { signal, stdout } = error as { signal: string; stdout: string };
      return `${stdout}${signal}`;
    }
  };

  beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'failpoints-'))));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('does nothing in a process that was started without the variable', () => {
    writeFileSync(join(folder, name), 'kill');
    expect(pass(2, { TENPANEL_FAILPOINTS: '' })).toBe('1\n2\n');
    expect(existsSync(join(folder, name))).toBe(true);
  });

  it('kills at the pass that is asked for, and only one process', () => {
    writeFileSync(join(folder, name), 'kill:3');
    expect(pass(5, { TENPANEL_FAILPOINTS: folder })).toBe('1\n2\nSIGKILL');
    expect(pass(2, { TENPANEL_FAILPOINTS: folder })).toBe('1\n2\n');
  });

  it('throws an error once', () => {
    writeFileSync(join(folder, name), 'error:ENOSPC\n');
    expect(pass(2, { TENPANEL_FAILPOINTS: folder })).toBe('ENOSPC\n1\n2\n');
  });

  it('waits', () => {
    writeFileSync(join(folder, name), 'wait:300');
    const before = performance.now();
    expect(pass(1, { TENPANEL_FAILPOINTS: folder })).toBe('1\n');
    expect(performance.now() - before).toBeGreaterThan(300);
  });
});
