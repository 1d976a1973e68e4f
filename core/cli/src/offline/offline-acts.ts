/** Acts on the database that need no running web process. Input and answer travel as JSON over stdin and stdout. */
export interface OfflineActs {
  /**
   * Bring the schema up to date and make the first administrator when nobody has that role; the password is only known
   * when one was made. `disabled` are plugins that an administrator has switched off.
   */
  prepare: {
    input: { email: string };
    answer: { admin: { email: string; password: string | null }; disabled: string[] };
  };
  /** A new generated password for an administrator; all sessions end. */
  'reset-password': {
    input: { email: string | null; withoutTotp: boolean };
    answer: { email: string; password: string };
  };
  'disable-plugin': { input: { id: string; withDependants: boolean }; answer: { disabled: string[] } };
  'check-database': {
    input: Record<string, never>;
    answer: { version: string; auditRows: number; auditBrokenAt: number | null };
  };
}

export type OfflineName = keyof OfflineActs;
