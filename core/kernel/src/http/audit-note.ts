/** What a handler adds to the audit row of its request. */
export interface AuditNote {
  object?: string;
  summary?: string;
  details?: Record<string, unknown>;
}
