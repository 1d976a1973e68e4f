/** Where a value may stand: for one folder of a shared master, or only for a whole master. */
type Scope = 'site' | 'pool';

interface Common {
  /** Its name in php.ini. */
  name: string;
  scope: Scope;
  group: 'limits' | 'errors' | 'uploads' | 'sessions' | 'opcache' | 'general';
  help: string;
}

/** Bounds of sizes are bytes. `default` is what php.ini holds when a site says nothing. */
export type PhpOption =
  | (Common & { type: 'size'; min: number; max: number; default: string })
  | (Common & { type: 'integer'; min: number; max: number; default: number })
  | (Common & { type: 'boolean'; default: boolean })
  | (Common & { type: 'enum'; values: readonly string[]; default: string })
  | (Common & { type: 'errorLevel'; values: readonly string[]; default: string })
  | (Common & { type: 'timezone'; default: string });
