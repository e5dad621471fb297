/** An emulated 9P transport. Every message is answered with an error, which is a reply like any other. */
import { fields, simpleDevice } from './simple-device.ts';
import type { DeviceType, QueueHost } from './types.ts';

const DEVICE_ID = 9;
const F_MOUNT_TAG = 0;
const MOUNT_TAG = 'home';
const RLERROR = 7;
const ENOSYS = 38;
const TAG_OFFSET = 5;

/** `leTag`: the tag's length is little-endian as on a modern device; else it is in the guest's order. */
export function createP9Device(host: QueueHost, leTag: boolean): DeviceType {
  const config = [...fields(leTag, [MOUNT_TAG.length, 2]), ...[...MOUNT_TAG].map((letter) => letter.charCodeAt(0))];
  const own = {
    deviceId: DEVICE_ID,
    queueCount: 1,
    features: [F_MOUNT_TAG],
    configSize: config.length,
    readConfig: (offset: number) => config[offset] ?? 0,
  };
  return simpleDevice(host, own, (_queue, chain) => {
    const message = host.readFrom(chain, 0, TAG_OFFSET + 2);
    const tag = (message[TAG_OFFSET] ?? 0) | ((message[TAG_OFFSET + 1] ?? 0) << 8);
    return host.writeTo(chain, 0, fields(true, [11, 4], [RLERROR, 1], [tag, 2], [ENOSYS, 4]));
  });
}
