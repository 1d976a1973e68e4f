/** The best of `offered` for an `Accept-Language` header; `own` is the person's choice and wins. English otherwise. */
export function matchLanguage(
  header: string | undefined,
  offered: readonly string[],
  own: string | null,
): string {
  if (own && offered.includes(own)) return own;
  const wanted = (header ?? '')
    .split(',')
    .slice(0, 20)
    .map((part) => {
      const [tag, q] = part.trim().split(/;\s*q=/);
      return { tag: (tag ?? '').toLowerCase(), q: q === undefined ? 1 : Number(q) || 0 };
    })
    .filter(({ tag, q }) => tag !== '' && q > 0)
    .sort((a, b) => b.q - a.q);
  for (const { tag } of wanted) {
    const found =
      offered.find((one) => one.toLowerCase() === tag) ??
      offered.find((one) => one.toLowerCase() === tag.split('-')[0]);
    if (found) return found;
  }
  return 'en';
}
