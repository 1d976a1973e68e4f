/** RFC 9457 problem details, as the API answers them. */
export interface Problem {
  code?: string;
  title?: string;
  detail?: string;
  requestId?: string;
  params?: Record<string, string | number>;
  errors?: { path: (string | number)[]; message: string }[];
}

/** What the API says went wrong, in plain words. `status` is 0 when no answer came at all. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly problem: Problem,
  ) {
    super(problem.detail ?? problem.title ?? `HTTP ${status}`);
  }

  get code(): string {
    return this.problem.code ?? 'unknown';
  }

  get requestId(): string | null {
    return this.problem.requestId ?? null;
  }

  /** Field errors by the field's path, joined with dots. */
  get fields(): Map<string, string> {
    return new Map((this.problem.errors ?? []).map(({ path, message }) => [path.join('.'), message]));
  }
}
