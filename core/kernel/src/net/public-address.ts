import ipaddr from 'ipaddr.js';

/**
 * Is this an address of the public internet? Everything else (loopback, private, link-local with the metadata services,
 * multicast, translated and tunnelled forms of IPv4) is refused, as the registries of RFC 6890 list it.
 */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.parse(text);
  if (address.kind() === 'ipv4') return address.range() === 'unicast';
  const v6 = address as ipaddr.IPv6;
  // Mapped, NAT64, 6to4 and Teredo all carry an IPv4 address that the other end would unpack.
  return v6.range() === 'unicast' && v6.match(ipaddr.parse('2000::') as ipaddr.IPv6, 3);
}
