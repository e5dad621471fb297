/** An emulated memory balloon (5.5). Its configuration is little-endian even on the legacy interface (5.5.4.0.1). */
import type { EmulatorOptions } from './options.ts';
import { fields, simpleDevice } from './simple-device.ts';
import type { DeviceType, QueueHost } from './types.ts';

const DEVICE_ID = 5;
const F_MUST_TELL_HOST = 0;
const WANTED_PAGES = 0x1234;
/** Of `actual`, which is the driver's and the last field. */
const ACTUAL_OFFSET = 4;

export function createBalloonDevice(options: EmulatorOptions, host: QueueHost): DeviceType {
  const little = options.leFieldsInGuestOrder !== true || host.endian === 'little';
  const config = fields(little, [options.balloonPages ?? WANTED_PAGES, 4], [0, 4]);
  const own = {
    deviceId: DEVICE_ID,
    queueCount: 2,
    features: [F_MUST_TELL_HOST],
    configSize: config.length,
    readConfig: (offset: number) => config[offset] ?? 0,
    writeConfig(offset: number, bytes: readonly number[]) {
      for (const [i, byte] of bytes.entries()) if (offset + i >= ACTUAL_OFFSET) config[offset + i] = byte;
    },
  };
  return simpleDevice(host, own, () => 0);
}
