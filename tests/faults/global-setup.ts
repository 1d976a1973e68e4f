import { TestHost } from '../host/test-host.js';
import { hostName } from './fault-host.js';

/** One server for all files of the suite: the first that needs it boots it, and it goes when the last has ended. */
const down = async (): Promise<void> => {
  // For work on the suite itself: the server stays for the next run.
  if (process.env['TENPANEL_FAULTS_KEEP'] !== '1') await TestHost.at(hostName).stop();
};

export const setup = down;
export const teardown = down;
