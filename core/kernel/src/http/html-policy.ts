/** Content security policy of an HTML page: nothing inline without the nonce, nothing from elsewhere. */
export function htmlPolicy(nonce: string, trustedTypes: boolean): string {
  const rules = [
    "default-src 'none'",
    `script-src 'self' 'nonce-${nonce}'`,
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ];
  if (trustedTypes) rules.push("require-trusted-types-for 'script'", 'trusted-types vue');
  return rules.join('; ');
}
