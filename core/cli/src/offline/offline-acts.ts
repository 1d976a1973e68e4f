/** Acts on the database that need no running web process. Input and answer travel as JSON over stdin and stdout. */
export interface OfflineActs {
  /** Make the first administrator when nobody has that role; the password is only known when one was made. */
  'ensure-admin': { input: { email: string }; answer: { email: string; password: string | null } };
  /** A new generated password for an administrator; all sessions end. */
  'reset-password': {
    input: { email: string | null; withoutTotp: boolean };
    answer: { email: string; password: string };
  };
  'disable-plugin': { input: { id: string; withDependants: boolean }; answer: { disabled: string[] } };
  /** Plugins that an administrator has disabled or uninstalled. */
  'disabled-plugins': { input: Record<string, never>; answer: { ids: string[] } };
  'check-database': {
    input: Record<string, never>;
    answer: { version: string; auditRows: number; auditBrokenAt: number | null };
  };
}

export type OfflineName = keyof OfflineActs;
