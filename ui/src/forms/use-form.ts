import { reactive, ref, type Ref } from 'vue';
import { ApiError } from '../api/api-error.js';

export interface Form {
  errors: Record<string, string>;
  /** What belongs to no field. */
  problem: Ref<ApiError | null>;
  busy: Ref<boolean>;
  submit(): Promise<void>;
}

/**
 * Send a form and put what the API says beside the field it is about.
 * @param send gets a key that stays the same while the person tries again, so that nothing is made twice
 * @param fields paths that the form shows; what is said about others becomes `problem`
 */
export function useForm(fields: () => string[], send: (idempotencyKey: string) => Promise<void>): Form {
  const errors = reactive<Record<string, string>>({});
  const problem = ref<ApiError | null>(null) as Ref<ApiError | null>;
  const busy = ref(false);
  let key = crypto.randomUUID();

  function show(error: ApiError): void {
    const known = new Set(fields());
    const found = [...error.fields].filter(([path]) => known.has(path));
    for (const [path, message] of found) errors[path] = message;
    if (found.length === 0 || found.length < error.fields.size) problem.value = error;
  }

  return {
    errors,
    problem,
    busy,
    async submit() {
      if (busy.value) return;
      busy.value = true;
      problem.value = null;
      for (const path of Object.keys(errors)) delete errors[path];
      try {
        await send(key);
        key = crypto.randomUUID();
      } catch (caught) {
        const error = caught instanceof ApiError ? caught : new ApiError(0, { title: String(caught) });
        // An answer that refuses is final for this key; without an answer the same request may be sent again.
        if (error.status !== 0) key = crypto.randomUUID();
        show(error);
      } finally {
        busy.value = false;
      }
    },
  };
}
