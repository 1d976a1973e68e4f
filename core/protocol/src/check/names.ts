import { refuse, type Check } from './check.js';
import { text } from './text.js';

/** Names of a driver's roots, commands, logs, globs, sets and groups of arguments. */
export const KEY = /^[a-z][a-zA-Z0-9]*([-_][a-zA-Z0-9]+)*$/;

export const driverId = text({
  max: 40,
  pattern: /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/,
  says: 'must be a plugin id in kebab case',
});
export const keyName = text({ max: 64, pattern: KEY });
export const account = text({
  max: 16,
  pattern: /^[a-z][a-z0-9]{1,15}$/,
  says: 'must be an account: 2 to 16 lower case letters and digits, a letter first',
});
export const instance = text({ max: 64, pattern: /^[a-zA-Z0-9][a-zA-Z0-9._-]*$/ });
/** `<kind>/<id>`; becomes a path in the agent's state folder, so neither part may start with a dot. */
export const resource = text({
  max: 160,
  pattern: /^[a-z][a-z0-9-]{0,31}\/[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/,
  says: 'must be a resource such as vhost/12',
});
/** Octal mode without set-id bits and never writable for everybody. */
export const mode = text({
  max: 4,
  pattern: /^0[0-7][0-7][0145]$/,
  says: 'must be an octal mode such as 0644, not writable for everybody',
});
export const sysName = text({
  max: 32,
  pattern: /^[a-z_][a-z0-9_-]{0,31}$/,
  says: 'must be a system user or group',
});

/** A path below some folder: no leading slash, no empty, `.` or `..` segment. `.` alone is the folder itself where allowed. */
export function relativePath(allowFolder = false): Check<string> {
  const base = text({ min: 1, max: 1024 });
  return (value, path) => {
    const given = base(value, path);
    if (allowFolder && given === '.') return given;
    const bad = given
      .split('/')
      .some((part) => part === '' || part === '.' || part === '..' || Buffer.byteLength(part) > 255);
    return bad ? refuse(path, 'must be a path below its folder, without empty, . or .. parts') : given;
  };
}

/** An absolute path in its shortest form. */
export const absolutePath: Check<string> = (value, path) => {
  const given = text({ min: 2, max: 1024 })(value, path);
  if (!given.startsWith('/')) return refuse(path, 'must be an absolute path');
  const bad = given
    .slice(1)
    .split('/')
    .some((part) => part === '' || part === '.' || part === '..');
  return bad ? refuse(path, 'must be a path without empty, . or .. parts') : given;
};
