import { createRequire } from 'node:module';
import type { Ajv2020 as Ajv2020Class } from 'ajv/dist/2020.js';
import type { FormatsPlugin } from 'ajv-formats';

// Both are CommonJS, whose default export the type checker and Node see differently.
const require = createRequire(import.meta.url);
const { Ajv2020 } = require('ajv/dist/2020.js') as { Ajv2020: typeof Ajv2020Class };
const addFormats = require('ajv-formats') as FormatsPlugin;

interface Media {
  schema?: Record<string, unknown>;
}
interface Parameter {
  in: string;
  name: string;
  required?: boolean;
  schema: Record<string, unknown>;
}
export interface Operation {
  method: string;
  /** As in the document: `/api/vhosts/{id}`. */
  path: string;
  /** `GET /vhosts/{id}` */
  name: string;
  permission: string;
  parameters: Parameter[];
  takesBody: boolean;
  /** Schema of the JSON body; empty without one. */
  body: Record<string, unknown>;
  /** Names of what its body must hold; `?` for one of several forms. */
  mustHave: string[];
  /** Status -> media type -> schema. */
  responses: Record<string, { content?: Record<string, Media> }>;
}

interface Document {
  components: { schemas: Record<string, Record<string, unknown>> };
  paths: Record<
    string,
    Record<
      string,
      {
        parameters?: Parameter[];
        requestBody?: { content: Record<string, Media> };
        responses: Operation['responses'];
        'x-tenpanel-permission': string;
      }
    >
  >;
}

function mustHave(document: Document, schema: Record<string, unknown> | undefined): string[] {
  const name =
    String(schema?.['$ref'] ?? '')
      .split('/')
      .at(-1) ?? '';
  const real = document.components.schemas[name] ?? schema ?? {};
  if (real['anyOf'] || real['oneOf']) return ['?'];
  return (real['required'] as string[] | undefined) ?? [];
}

/** The panel's OpenAPI document: its operations, and whether an answer is what it promises. */
export class ApiDocument {
  readonly operations: Operation[];
  /** Named schemas of the document. */
  readonly schemas: Record<string, Record<string, unknown>>;
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true });

  constructor(document: Document) {
    addFormats(this.#ajv);
    this.#ajv.addSchema(document as never, 'panel');
    this.schemas = document.components.schemas;
    this.operations = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => ({
        method: method.toUpperCase(),
        path,
        name: `${method.toUpperCase()} ${path.replace('/api', '')}`,
        permission: operation['x-tenpanel-permission'],
        parameters: operation.parameters ?? [],
        takesBody: operation.requestBody !== undefined,
        body: operation.requestBody?.content['application/json']?.schema ?? {},
        mustHave: mustHave(document, operation.requestBody?.content['application/json']?.schema),
        responses: operation.responses,
      })),
    );
  }

  find(name: string): Operation {
    const found = this.operations.find((one) => one.name === name);
    if (!found) throw new Error(`The document has no ${name}.`);
    return found;
  }

  /** What is wrong with an answer to `operation`; null when it keeps its promise. */
  fault(operation: Operation, status: number, contentType: string, body: unknown): string | null {
    const key = Object.hasOwn(operation.responses, String(status))
      ? String(status)
      : status >= 400
        ? 'default'
        : null;
    if (key === null) return `answers ${status}, of which the document knows nothing`;
    const content = operation.responses[key]?.content;
    if (!content) return body === undefined ? null : `answers ${status} with a body that is not described`;
    const type = contentType.split(';')[0]?.trim() ?? '';
    if (!content[type])
      return `answers ${status} as ${type}; the document says ${Object.keys(content).join()}`;
    if (!type.endsWith('json')) return null;
    const steps = [
      'paths',
      operation.path,
      operation.method.toLowerCase(),
      'responses',
      key,
      'content',
      type,
    ];
    const pointer = [...steps, 'schema']
      .map((step) => encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1')))
      .join('/');
    const validate = this.#ajv.compile({ $ref: `panel#/${pointer}` });
    if (validate(body)) return null;
    return `answers ${status} with what its schema does not allow: ${this.#ajv.errorsText(validate.errors)}`;
  }
}
