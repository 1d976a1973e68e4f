import { PanelError } from '@tenpanel/sdk';

/** One field that cannot be taken. `pointer` is an RFC 6901 pointer into `in`. */
export interface FieldProblem {
  in: 'body' | 'query' | 'path';
  path: (string | number)[];
  pointer: string;
  message: string;
  code: string;
}

/** 422 with every field that is wrong, so that a form can mark them all at once. */
export class ValidationError extends PanelError {
  constructor(readonly errors: FieldProblem[]) {
    const first = errors[0];
    super('http.invalid', 422, first ? `${fieldName(first)}: ${first.message}` : 'A value cannot be taken.');
    this.name = 'ValidationError';
  }
}

function fieldName(problem: FieldProblem): string {
  return problem.path.length > 0 ? problem.path.join('.') : problem.in;
}
