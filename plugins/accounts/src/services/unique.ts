/** Run `work`; when it breaks the named unique index, throw what `taken` gives instead of the database's error. */
export async function unique<T>(constraint: string, taken: () => Error, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Error && 'constraint' in error && error.constraint === constraint) throw taken();
    throw error;
  }
}
