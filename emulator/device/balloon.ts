/** An emulated memory balloon (5.5). Its configuration is little-endian even on the legacy interface (5.5.4.0.1). */
import { fields, simpleDevice } from './simple-device.ts';
import type { DeviceType, QueueHost } from './types.ts';

const DEVICE_ID = 5;
const F_MUST_TELL_HOST = 0;
const WANTED_PAGES = 0x1234;

export function createBalloonDevice(host: QueueHost): DeviceType {
  const config = fields(true, [WANTED_PAGES, 4], [0, 4]);
  const own = {
    deviceId: DEVICE_ID,
    queueCount: 2,
    features: [F_MUST_TELL_HOST],
    configSize: config.length,
    readConfig: (offset: number) => config[offset] ?? 0,
    writeConfig(offset: number, bytes: readonly number[]) {
      // Only `actual` is the driver's.
      bytes.forEach((byte, i) => {
        if (offset + i >= 4 && offset + i < config.length) config[offset + i] = byte;
      });
    },
  };
  return simpleDevice(host, own, () => 0);
}
