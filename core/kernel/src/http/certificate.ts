import { randomBytes, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';

const RENEW_BEFORE = 30 * 86_400_000;

/**
 * The panel's certificate: `panel.crt` and `panel.key` of the state folder. Without them, or when our own self-signed
 * one is about to end, a new self-signed one is made for the panel's names and addresses.
 */
export async function panelCertificate(
  stateDir: string,
  publicUrl: string,
  now: number,
): Promise<{ cert: string; key: string }> {
  const certFile = join(stateDir, 'panel.crt');
  const keyFile = join(stateDir, 'panel.key');
  if (existsSync(certFile) && existsSync(keyFile)) {
    const cert = readFileSync(certFile, 'utf8');
    const parsed = new X509Certificate(cert);
    const selfSigned = parsed.issuer === parsed.subject;
    if (!selfSigned || new Date(parsed.validTo).getTime() - now > RENEW_BEFORE)
      return { cert, key: readFileSync(keyFile, 'utf8') };
  }
  const host = new URL(publicUrl).hostname.replace(/^\[|\]$/g, '');
  const ips = [...new Set(['127.0.0.1', '::1', ...ownAddresses(), ...(isIP(host) ? [host] : [])])].filter(
    (one) => isIP(one) && !one.includes('%'),
  );
  const names = isIP(host) ? ['localhost'] : [host, 'localhost'];
  const made = await generate([{ name: 'commonName', value: names[0] ?? 'localhost' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(now - 3_600_000),
    notAfterDate: new Date(now + 397 * 86_400_000),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          ...names.map((value) => ({ type: 2 as const, value })),
          ...ips.map((ip) => ({ type: 7 as const, ip })),
        ],
      },
    ],
  });
  put(keyFile, made.private, 0o600);
  put(certFile, made.cert, 0o644);
  return { cert: made.cert, key: made.private };
}

function put(file: string, text: string, mode: number): void {
  const temporary = `${file}.${randomBytes(4).toString('hex')}`;
  writeFileSync(temporary, text, { mode, flag: 'wx' });
  renameSync(temporary, file);
}

/** Addresses of this machine; none where a sandbox forbids to ask for them (that needs AF_NETLINK). */
function ownAddresses(): string[] {
  try {
    return Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address));
  } catch {
    return [];
  }
}
