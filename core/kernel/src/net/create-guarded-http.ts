export interface GuardedRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD';
  url: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** For the whole exchange with its redirects; default 10,000. */
  timeoutMs?: number;
  /** Bytes of the answer's body; default 1 MiB. More is an error. */
  maxBytes?: number;
  signal?: AbortSignal;
}

export interface GuardedReply {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
  /** Where the answer came from after redirects. */
  url: string;
}

export interface GuardedHttp {
  request(request: GuardedRequest): Promise<GuardedReply>;
}
