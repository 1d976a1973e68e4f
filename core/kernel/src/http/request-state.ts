/** What the HTTP room keeps of a request in `ctx.state`. */
export interface RequestState {
  requestId: string;
  address: string;
  local: boolean;
  language: string;
  /** Unix milliseconds. */
  startedAt: number;
  /** For the request log. */
  actor: string | null;
  route: string | null;
}
