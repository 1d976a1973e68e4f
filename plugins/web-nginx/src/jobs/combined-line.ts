import type { AccessEntry } from './access-entry.js';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/**
 * The combined log format of Apache and nginx, which every log analyser reads. What a visitor has sent is escaped as
 * nginx does it: quotes, backslashes and all but printable ASCII as `\xHH`, so that no line can be forged.
 */
export function combinedLine(entry: AccessEntry): string {
  const { address, user, method, uri, protocol, status, bytes, referer, agent } = entry;
  const request = method === '' ? '-' : `${method} ${uri} ${protocol}`.trim();
  const quoted = [request, status, bytes, referer, agent].map(escape);
  return `${escape(address) || '-'} - ${escape(user).replaceAll(' ', '\\x20') || '-'} [${localTime(entry.time)}] "${quoted[0]}" ${quoted[1]} ${quoted[2]} "${quoted[3] || '-'}" "${quoted[4] || '-'}"`;
}

/** `2026-11-20T10:00:00+01:00` -> `20/Nov/2026:10:00:00 +0100`. */
function localTime(iso: string): string {
  const [, year, month, day, time, zone = ''] =
    /^(\d{4})-(\d\d)-(\d\d)T(\d\d:\d\d:\d\d)([+-]\d\d:\d\d)?/.exec(iso) ?? [];
  const name = MONTHS[Number(month) - 1] ?? 'Jan';
  return `${day}/${name}/${year}:${time} ${zone.replace(':', '') || '+0000'}`;
}

function escape(value: string): string {
  return value.replace(/[^\x20-\x7e]|["\\]/gu, (sign) =>
    [...Buffer.from(sign)].map((byte) => `\\x${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
}
