import { Eta, type EtaConfig } from 'eta';
import { EmitError, emitted, isEmitted, type Emitted, type Emitter } from '@tenpanel/sdk';

type Include = (name: string, data?: object) => string;
type Ast = Parameters<NonNullable<EtaConfig['plugins'][number]['processAST']>>[0];

/**
 * Eta for one target language: `<%= %>` goes through the emitter, and `<%~ %>` prints only what an emitter has made.
 * Whatever a partial prints went through the same emitter, so `include` answers marked text.
 */
export class EmittingEta extends Eta {
  constructor(
    private readonly emitter: Emitter,
    views: string,
  ) {
    super({
      views,
      cache: true,
      autoEscape: true,
      useWith: false,
      varName: 'it',
      defaultExtension: '',
      escapeFunction: (value: unknown) => emitter.escape(value),
      plugins: [{ processAST: guardRaw }],
    });
  }

  /** Called by compiled templates for every `<%~ %>`. */
  raw(value: unknown): string {
    if (isEmitted(value)) return value.toString();
    throw new EmitError(
      this.emitter.language,
      '<%~ %> prints only text that an emitter has made; use <%= %> for values',
    );
  }

  /** Called at the head of every compiled template. */
  marked(include: Include): (name: string, data?: object) => Emitted {
    return (name, data) => emitted(include(name, data));
  }
}

function guardRaw(ast: Ast): Ast {
  const guarded = ast.map((part) =>
    typeof part !== 'string' && part.t === 'r' ? { ...part, val: `this.raw(${part.val})` } : part,
  );
  return [{ t: 'e', val: 'include = this.marked(include)' }, ...guarded];
}
