/** An emulated 2D display (5.7) that agrees to everything and shows nothing. */
import { fields, simpleDevice } from './simple-device.ts';
import type { DeviceType, QueueHost } from './types.ts';

const DEVICE_ID = 16;
const GET_DISPLAY_INFO = 0x100;
const OK = 0x1100;
const OK_DISPLAY_INFO = 0x1101;
const WIDTH = 64;
const HEIGHT = 32;
const HEADER = 24;
const DISPLAY_INFO = 408;

export function createGpuDevice(host: QueueHost): DeviceType {
  // events_read, events_clear, num_scanouts, num_capsets
  const config = fields(true, [0, 4], [0, 4], [1, 4], [0, 4]);
  const own = {
    deviceId: DEVICE_ID,
    queueCount: 2,
    features: [],
    configSize: config.length,
    readConfig: (offset: number) => config[offset] ?? 0,
  };
  return simpleDevice(host, own, (_queue, chain) => {
    const header = host.readFrom(chain, 0, HEADER);
    if (header.length < HEADER) return 0;
    const type = new DataView(header.buffer, header.byteOffset).getUint32(0, true);
    const response = new Uint8Array(type === GET_DISPLAY_INFO ? DISPLAY_INFO : HEADER);
    // Flags and fence of the command come back.
    response.set(header);
    response.set(fields(true, [type === GET_DISPLAY_INFO ? OK_DISPLAY_INFO : OK, 4]));
    if (type === GET_DISPLAY_INFO) response.set(fields(true, [0, 4], [0, 4], [WIDTH, 4], [HEIGHT, 4], [1, 4]), HEADER);
    return host.writeTo(chain, 0, response);
  });
}
