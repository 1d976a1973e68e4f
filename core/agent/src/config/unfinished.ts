import { AgentError } from '@tenpanel/protocol';

type Finish = () => Promise<void>;

/** Batches that could be neither committed nor put back, by the id of their service. Their journals are still there. */
export interface Unfinished {
  add(serviceId: string, finish: Finish): void;
  has(serviceId: string): boolean;
  /**
   * Finish what is left of this service. Until that works nothing new may be written over it, or the next start of the
   * agent would put an old file over a newer one. Rejects with `agent.io` and the reason.
   */
  settle(serviceId: string): Promise<void>;
}

export function unfinished(): Unfinished {
  const left = new Map<string, Finish[]>();
  return {
    add: (serviceId, finish) => void left.set(serviceId, [...(left.get(serviceId) ?? []), finish]),
    has: (serviceId) => left.has(serviceId),
    async settle(serviceId) {
      for (let rest = left.get(serviceId); rest !== undefined; rest = left.get(serviceId)) {
        const [first, ...others] = rest;
        try {
          await first?.();
        } catch (error) {
          throw new AgentError(
            'agent.io',
            `An earlier change of ${serviceId} could not be finished, so nothing new is written. ${error instanceof Error ? error.message : String(error)}`,
          );
        }
        if (others.length === 0) left.delete(serviceId);
        else left.set(serviceId, others);
      }
    },
  };
}
