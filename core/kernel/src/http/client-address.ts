import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';

type Network = [ipaddr.IPv4 | ipaddr.IPv6, number];

/**
 * Who sent the request. The socket tells; `X-Forwarded-For` is believed only when the peer is a configured proxy, and
 * then from the right: the first address that is no proxy.
 */
export function clientAddress(trustedProxies: readonly string[]): (request: IncomingMessage) => string {
  const networks = trustedProxies.map(parseNetwork);
  const trusted = (address: string): boolean => {
    const parsed = parse(address);
    return (
      parsed !== null &&
      networks.some(([net, bits]) => net.kind() === parsed.kind() && parsed.match(net, bits))
    );
  };
  return (request) => {
    let address = normal(request.socket.remoteAddress ?? '');
    if (address === '' || !trusted(address)) return address || 'local';
    const hops = String(request.headers['x-forwarded-for'] ?? '')
      .split(',')
      .slice(-32)
      .reverse();
    for (const hop of hops) {
      const next = parse(hop.trim());
      if (!next) break;
      address = next.toString();
      if (!trusted(address)) break;
    }
    return address;
  };
}

function parse(address: string): ipaddr.IPv4 | ipaddr.IPv6 | null {
  return ipaddr.isValid(address) ? ipaddr.process(address) : null;
}

function normal(address: string): string {
  return parse(address)?.toString() ?? '';
}

function parseNetwork(text: string): Network {
  if (text.includes('/')) return ipaddr.parseCIDR(text);
  const address = ipaddr.process(text);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}
