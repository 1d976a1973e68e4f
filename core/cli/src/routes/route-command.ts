import type { HttpMethod } from '../api/openapi.js';
import type { Lookup } from './lookup.js';
import type { FlatSchema } from './resolve-schema.js';

/** A value that the route takes by an option. */
export interface FieldOption {
  /** Without the leading dashes, for example `php.version`. */
  flag: string;
  /** Place in the body, or the one name of a query parameter. */
  path: string[];
  location: 'query' | 'body';
  kind: 'string' | 'number' | 'integer' | 'boolean' | 'scalar' | 'map' | 'json';
  /** The option may be repeated. */
  list: boolean;
  schema: FlatSchema;
  required: boolean;
  description: string;
  /** Collection whose objects may be named instead of numbered, for example `/api/accounts`. */
  lookup: Lookup | null;
}

export interface PathArgument {
  name: string;
  integer: boolean;
  lookup: Lookup | null;
  description: string;
}

/** A route of the API as a command: `tenpanel <noun> <verb> <arguments> [options]`. */
export interface RouteCommand {
  noun: string;
  verb: string;
  method: HttpMethod;
  path: string;
  summary: string;
  description: string;
  args: PathArgument[];
  options: FieldOption[];
  hasBody: boolean;
  bodyIsObject: boolean;
  /** The route can show what it would change (`?dryRun=true`). */
  previewable: boolean;
  /** The answer is a page with a cursor. */
  paged: boolean;
  stream: boolean;
}
