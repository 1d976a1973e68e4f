import { EmitError, emitted, plainText, type Emitted } from './emitter.js';

// A section cannot be quoted: `[PATH=/a/b]` is read up to the bracket, with constants and quotes of its own.
const SECTION = /^(?:(?:PATH|HOST)=)?[A-Za-z0-9/_][A-Za-z0-9/._-]*$/;

/** The header of a section, brackets included: `[alice]`, or `[PATH=/home/alice/site]` for values below a folder. */
export function iniSection(name: string): Emitted {
  const text = plainText('ini', name);
  if (!SECTION.test(text)) {
    throw new EmitError(
      'ini',
      'the name of a section may hold only letters, digits, slashes, dots, dashes and underscores',
    );
  }
  return emitted(`[${text}]`);
}
