/** Replace `{name}` for the names in `values`, each once and never inside what was put in. Others stay as they are. */
export function substitute(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{([a-zA-Z][a-zA-Z0-9_-]*)\}/g, (whole, name: string) =>
    Object.hasOwn(values, name) ? (values[name] ?? whole) : whole,
  );
}
