/** The PostgreSQL schema of a plugin's tables: `plg_<id>`, dashes as underscores. */
export function schemaOf(pluginId: string): string {
  return `plg_${pluginId.replaceAll('-', '_')}`;
}
