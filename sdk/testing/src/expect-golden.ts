import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';

/**
 * Compare a rendered text with the file `golden/<name>` beside the running test. With `UPDATE_GOLDEN=1` the file is
 * written instead; look at the difference before you commit it.
 */
export function expectGolden(name: string, text: string): void {
  const { testPath } = expect.getState();
  if (!testPath) throw new Error('expectGolden works inside a test.');
  const file = join(dirname(testPath), 'golden', name);
  if (process.env['UPDATE_GOLDEN'] === '1') {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return;
  }
  expect(text, `differs from ${file}; if that is wanted, run the test with UPDATE_GOLDEN=1`).toBe(
    readGolden(file),
  );
}

function readGolden(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new Error(
      `There is no golden file ${file}. Run the test once with UPDATE_GOLDEN=1 and look at what it wrote.`,
    );
  }
}
