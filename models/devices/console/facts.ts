/** Console device: what negotiation and configuration models need (5.3.2 to 5.3.4). */
import type { DeviceFacts } from '../../seams.ts';
import { DEVICE_IDS } from '../../setup.ts';
import { Feature } from './constants.ts';

export const EMERG_WR_OFFSET = 8;

export const CONSOLE_FACTS: DeviceFacts = {
  deviceId: DEVICE_IDS.console,
  knownFeatures: [Feature.SIZE, Feature.MULTIPORT, Feature.EMERG_WRITE],
  legacyFeatures: [],
  dependencies: [],
  configFields: [
    { name: 'cols', offset: 0, width: 2, feature: Feature.SIZE },
    { name: 'rows', offset: 2, width: 2, feature: Feature.SIZE },
    { name: 'max_nr_ports', offset: 4, width: 4, feature: Feature.MULTIPORT },
    // What reading it gives is not said.
    {
      name: 'emerg_wr',
      offset: EMERG_WR_OFFSET,
      width: 4,
      feature: Feature.EMERG_WRITE,
      writable: true,
      volatile: true,
    },
  ],
  /** 5.3.2: a pair for port 0; with MULTIPORT also the control pair and a pair per port, which max_nr_ports tells. */
  queueCount: (offered) => (offered.has(Feature.MULTIPORT) ? undefined : 2),
  fewestQueues: 2,
};
