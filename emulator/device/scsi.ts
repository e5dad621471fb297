/** An emulated SCSI host (5.6) with one disk that reads as zeroes and forgets what is written. */
import { fields, simpleDevice } from './simple-device.ts';
import type { DeviceType, QueueHost } from './types.ts';

const DEVICE_ID = 8;
const REQUEST_QUEUE = 2;
const RESPONSE_SIZE = 108;
const CONFIG_SIZE = 36;

export function createScsiDevice(host: QueueHost): DeviceType {
  // num_queues, seg_max, max_sectors, cmd_per_lun, event_info_size, sense_size, cdb_size, max_channel, max_target, max_lun
  const config = fields(
    host.endian === 'little',
    [1, 4],
    [126, 4],
    [0xffff, 4],
    [128, 4],
    [16, 4],
    [96, 4],
    [32, 4],
    [0, 2],
    [255, 2],
    [16383, 4],
  );
  const own = {
    deviceId: DEVICE_ID,
    queueCount: 3,
    features: [],
    configSize: CONFIG_SIZE,
    readConfig: (offset: number) => config[offset] ?? 0,
  };
  return simpleDevice(host, own, (queue, chain) => {
    if (queue !== REQUEST_QUEUE) return 0;
    // GOOD and OK are both 0; data that the driver reads is zero as well.
    return host.writeTo(chain, 0, new Uint8Array(Math.max(RESPONSE_SIZE, chain.writableLength)));
  });
}
