/**
 * Every place where a fault can be asked for, by process and in the order in which a change passes them. The fault
 * suite (`tests/faults`) iterates over this list, and a unit test holds that each name stands in the code exactly once.
 */
export const failpointNames = [
  // A request that changes something, in the web process.
  'web.change.commit.before',
  'web.change.commit.after',
  // Facts and their deliveries.
  'worker.outbox.dispatch.before',
  'worker.outbox.dispatch.after',
  'worker.outbox.claim.after',
  'worker.outbox.deliver.before',
  'worker.outbox.deliver.after',
  'worker.outbox.done.after',
  // One object is made real.
  'worker.reconcile.claim.before',
  'worker.reconcile.claim.after',
  'worker.reconcile.observe.before',
  'worker.reconcile.render.before',
  'worker.reconcile.render.after',
  'worker.reconcile.remember.after',
  'worker.reconcile.apply.before',
  'worker.reconcile.apply.after',
  'worker.reconcile.observe.after',
  'worker.reconcile.remove.before',
  'worker.reconcile.remove.after',
  'worker.reconcile.write.before',
  'worker.reconcile.write.inside',
  'worker.reconcile.write.after',
  // Jobs.
  'worker.job.begin.before',
  'worker.job.begin.after',
  'worker.job.run.after',
  'worker.job.end.after',
  // One batch of files, in the root agent.
  'agent.config.journal.before',
  'agent.config.journal.opened',
  'agent.config.journal.written',
  'agent.config.journal.after',
  'agent.config.file.before',
  'agent.config.file.after',
  'agent.config.reload.before',
  'agent.config.reload.after',
  'agent.config.probe.after',
  'agent.config.commit.before',
  'agent.config.commit.written',
  'agent.config.commit.after',
  'agent.config.ledger.before',
  'agent.config.ledger.after',
  'agent.config.end.before',
  'agent.config.end.after',
  // Putting a failed batch back, and cleaning up after a kill.
  'agent.config.restore.before',
  'agent.config.restore.after',
  'agent.config.recover.before',
  'agent.config.recover.after',
] as const;

export type FailpointName = (typeof failpointNames)[number];
