/** The device types by the name that `EmulatorOptions.device` gives them. */
import { createBalloonDevice } from './balloon.ts';
import { createBlockDevice } from './blk.ts';
import { createConsoleDevice } from './console.ts';
import { createGpuDevice } from './gpu.ts';
import { createNetDevice } from './net.ts';
import type { EmulatorOptions } from './options.ts';
import { createEntropyDevice } from './rng.ts';
import { createP9Device } from './p9.ts';
import { createScsiDevice } from './scsi.ts';
import type { DeviceType, QueueHost } from './types.ts';

export function createDeviceType(options: EmulatorOptions, host: QueueHost): DeviceType {
  switch (options.device) {
    case 'blk':
      return createBlockDevice(options, host);
    case 'console':
      return createConsoleDevice(options, host);
    case 'rng':
      return createEntropyDevice(options, host);
    case 'net':
      return createNetDevice(options, host);
    case 'scsi':
      return createScsiDevice(options, host);
    case 'balloon':
      return createBalloonDevice(options, host);
    case '9p':
      return createP9Device(options, host);
    case 'gpu':
      return createGpuDevice(options, host);
  }
}
