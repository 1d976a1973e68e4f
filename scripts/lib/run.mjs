import { spawn } from 'node:child_process';

/**
 * Run a program to its end, without a shell.
 * @returns {Promise<{code: number, output: string}>} `output` is stdout and stderr as they came, when `quiet`.
 */
export function run(program, argv, { cwd, env, quiet = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, argv, {
      cwd,
      env: env ?? process.env,
      stdio: ['ignore', quiet ? 'pipe' : 'inherit', quiet ? 'pipe' : 'inherit'],
    });
    let output = '';
    const keep = (chunk) => {
      output = (output + chunk).slice(-200_000);
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code: code ?? (signal ? 1 : 0), output }));
  });
}

/** Like `run`, but quiet and failing with the program's last words. */
export async function must(program, argv, options = {}) {
  const { code, output } = await run(program, argv, { quiet: true, ...options });
  if (code !== 0) {
    // npm puts the reason first and its manual after it, other programs put the reason last.
    const lines = output.trim().split('\n');
    const tail = (lines.length > 45 ? [...lines.slice(0, 20), '…', ...lines.slice(-20)] : lines).join('\n');
    throw new Error(`${[program, ...argv].join(' ')} ended with code ${code}:\n${tail}`);
  }
  return output;
}
