import { PanelError, type AgentCall, type Manifest } from '@tenpanel/sdk';

/**
 * The root agent as one plugin may use it: only operations that its manifest declares, and only its own driver. A
 * breach is told to `onBreach` as well, because a plugin that asks for more than it said is not to be trusted.
 */
export function gateAgent(
  call: AgentCall,
  manifest: Manifest,
  onBreach: (reason: string) => void,
): AgentCall {
  const declared = new Set(manifest.operations);
  return async (name, args, options) => {
    const driver = (args as { driver?: unknown }).driver;
    const reason = !declared.has(name)
      ? `It asked the root agent for ${name}, which its manifest does not declare in "operations".`
      : 'driver' in args || name === 'config.drift'
        ? driver === manifest.id
          ? null
          : `It asked the root agent to use the driver ${JSON.stringify(driver)}, which is not its own.`
        : null;
    if (reason !== null) {
      onBreach(reason);
      throw new PanelError(
        'plugin.operationRefused',
        500,
        `The plugin ${manifest.id} was stopped. ${reason}`,
        { plugin: manifest.id, operation: name },
      );
    }
    return call(name, args, options);
  };
}
