const PATH = /^\/(?:[1-9]\d*\/)*$/;

/** `/`, `/7/`, `/7/31/`. Everything else is refused, because the path ends in policies of the database. */
export function assertTenantPath(path: string): string {
  if (!PATH.test(path)) throw new Error(`"${path}" is no tenant path. It looks like / or /7/31/.`);
  return path;
}
