/** An error that people see: a stable code (`area.reason`), an HTTP status and parameters for the translated text. */
export class PanelError extends Error {
  constructor(
    readonly code: string,
    readonly status: number,
    message: string,
    readonly params: Record<string, string | number> = {},
    /** Path of the field that caused it, for example `['aliases', 0]`. */
    readonly field?: (string | number)[],
  ) {
    super(message);
    this.name = 'PanelError';
  }
}

/** Thrown by a `before` hook to refuse a change: 409 with its code. */
export class Veto extends PanelError {
  constructor(code: string, message: string, params: Record<string, string | number> = {}) {
    super(code, 409, message, params);
    this.name = 'Veto';
  }
}

/** 422: the value of one field cannot be taken. Say what to write instead. */
export class FieldError extends PanelError {
  constructor(
    field: (string | number)[],
    code: string,
    message: string,
    params: Record<string, string | number> = {},
  ) {
    super(code, 422, message, params, field);
    this.name = 'FieldError';
  }
}

/** 404, also for what exists but is not yours. */
export class NotFound extends PanelError {
  constructor(what: string) {
    super('kernel.notFound', 404, `There is no such ${what}.`, { what });
    this.name = 'NotFound';
  }
}

/** 409: the state of things does not allow it now. A form shows it beside `field` when it is about one. */
export class Conflict extends PanelError {
  constructor(
    code: string,
    message: string,
    params: Record<string, string | number> = {},
    field?: (string | number)[],
  ) {
    super(code, 409, message, params, field);
    this.name = 'Conflict';
  }
}
