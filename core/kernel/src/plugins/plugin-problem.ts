/** Why a plugin does not run, in words an administrator can act on. */
export class PluginProblem extends Error {
  constructor(
    /** `blocked`: something around it is missing or wrong. `failed`: its own code is. */
    readonly state: 'blocked' | 'failed',
    reason: string,
  ) {
    super(reason);
    this.name = 'PluginProblem';
  }
}
