/** A unit file from its sections; a list is one line a value (systemd.syntax(7)). */
export type UnitSections = Record<string, Record<string, string | readonly string[]>>;

export function unitText(sections: UnitSections): string {
  const parts = Object.entries(sections).map(([name, entries]) => {
    const lines = Object.entries(entries).flatMap(([key, value]) =>
      [value].flat().map((one) => `${key}=${one}`),
    );
    return `[${name}]\n${lines.join('\n')}\n`;
  });
  return `# Written by "tenpanel setup --production"; changes belong into a drop-in (systemctl edit).\n${parts.join('\n')}`;
}

/** One argument of ExecStart: quoted, with `%` and `$` taken literally (systemd.service(5), COMMAND LINES). */
export function execArgument(value: string): string {
  const literal = value.replaceAll('%', '%%').replaceAll('$', '$$$$');
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(literal)
    ? literal
    : `"${literal.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
