/** Everything that answers without signing in. A route that says `public` and is not here does not load. */
export const publicRoutes: ReadonlySet<string> = new Set([
  'POST /auth/login',
  'POST /auth/refresh',
  'POST /auth/logout',
  'GET /messages/{language}',
]);
