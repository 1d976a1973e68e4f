/**
 * Every host name that an nginx error line may be about: those of `server:` and `host:`, wherever they stand. nginx
 * writes paths, requests and referrers into the line as visitors have sent them, so one that looks like the end of a
 * line can stand in the middle; which one is real cannot be told. The caller gives a line away only when all names
 * mean the same site.
 */
export function errorNames(line: string): string[] {
  const names = [...line.matchAll(/, (?:server: |host: ")([^\s",]{1,255})/g)].map((match) =>
    (match[1] ?? '').toLowerCase().replace(/:\d+$/, ''),
  );
  // `_` is the server that many sites share.
  return [...new Set(names)].filter((name) => name !== '_');
}

/** The name itself, then the wildcards that would answer for it, the closest first. */
export function nameCandidates(name: string): string[] {
  const labels = name.split('.');
  return [name, ...labels.slice(1).map((_, at) => `*.${labels.slice(at + 1).join('.')}`)];
}
