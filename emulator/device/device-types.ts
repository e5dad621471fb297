/** The device types by the name that `EmulatorOptions.device` gives them. */
import { createBlockDevice } from './blk.ts';
import { createConsoleDevice } from './console.ts';
import type { EmulatorOptions } from './options.ts';
import { createEntropyDevice } from './rng.ts';
import type { DeviceType, QueueHost } from './types.ts';

export function createDeviceType(options: EmulatorOptions, host: QueueHost): DeviceType {
  switch (options.device) {
    case 'blk':
      return createBlockDevice(options, host);
    case 'console':
      return createConsoleDevice(options, host);
    case 'rng':
      return createEntropyDevice(options, host);
  }
}
