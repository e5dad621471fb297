/**
 * An emulated 9P transport that has no file system: a message is answered with an error, which is a reply like any other,
 * but for a Tversion, whose own bytes come back as those of an Rversion.
 */
import type { EmulatorOptions } from './options.ts';
import { fields, simpleDevice } from './simple-device.ts';
import type { DeviceType, QueueHost } from './types.ts';

const DEVICE_ID = 9;
const F_MOUNT_TAG = 0;
const MOUNT_TAG = 'home';
const RLERROR = 7;
const ENOSYS = 38;
const TVERSION = 100;
const RVERSION = 101;
/** A message is its size, its type, a tag, and more. */
const TYPE_OFFSET = 4;
const TAG_OFFSET = 5;
const SHORTEST = 7;

export function createP9Device(options: EmulatorOptions, host: QueueHost): DeviceType {
  const mountTag = options.mountTag ?? MOUNT_TAG;
  const leTag = options.leFieldsInGuestOrder !== true || host.endian === 'little';
  const config = [...fields(leTag, [mountTag.length, 2]), ...[...mountTag].map((letter) => letter.charCodeAt(0))];
  const own = {
    deviceId: DEVICE_ID,
    queueCount: 1,
    features: [F_MOUNT_TAG],
    configSize: config.length,
    readConfig: (offset: number) => config[offset] ?? 0,
  };
  return simpleDevice(host, own, (_queue, chain) => {
    const message = host.readFrom(chain, 0, chain.readableLength);
    if (message.length < SHORTEST) return 0;
    const reply = Uint8Array.from(message);
    reply[TYPE_OFFSET] = RVERSION;
    if (message[TYPE_OFFSET] === TVERSION) return host.writeTo(chain, 0, reply);
    const tag = message.subarray(TAG_OFFSET, SHORTEST);
    return host.writeTo(
      chain,
      0,
      Uint8Array.of(...fields(true, [11, 4], [RLERROR, 1]), ...tag, ...fields(true, [ENOSYS, 4])),
    );
  });
}
