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
      return createNetDevice(host);
    case 'scsi':
      return createScsiDevice(host);
    case 'balloon':
      return createBalloonDevice(host);
    case '9p':
      return createP9Device(host, options.tagLengthInGuestOrder !== true || host.endian === 'little');
    case 'gpu':
      return createGpuDevice(host);
  }
}
