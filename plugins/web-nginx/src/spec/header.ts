import { controlCharacters, z } from '@tenpanel/sdk';

// What a site may safely add to its own answers. Headers of the transport (Content-Length, Set-Cookie, Location,
// Transfer-Encoding, X-Accel-*) are not among them.
const KNOWN = new Set(
  (
    'cache-control content-security-policy content-security-policy-report-only cross-origin-embedder-policy cross-origin-opener-policy ' +
    'cross-origin-resource-policy feature-policy permissions-policy referrer-policy timing-allow-origin vary x-content-type-options ' +
    'x-dns-prefetch-control x-download-options x-frame-options x-permitted-cross-domain-policies x-robots-tag x-ua-compatible x-xss-protection ' +
    'content-language link report-to nel'
  ).split(' '),
);

export const headerName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9-]{1,63}$/, 'Write a header name such as X-Robots-Tag.')
  .refine(
    (name) => KNOWN.has(name.toLowerCase()) || /^x-(?!accel|tenpanel|forwarded|real-ip|cache)/i.test(name),
    {
      message:
        'This header cannot be set here. Headers that begin with X- and the usual security headers can.',
    },
  );

export const headerValue = z
  .string()
  .min(1)
  .max(2000)
  .refine((text) => !controlCharacters.test(text) && !text.includes('$') && /^[\u0020-\u007e]+$/.test(text), {
    message: 'Write the value on one line in plain ASCII, without $.',
  });
