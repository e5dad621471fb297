/** An emulated 2D display (5.7) that agrees to everything and shows nothing. */
import type { EmulatorOptions } from './options.ts';
import { fields, simpleDevice } from './simple-device.ts';
import type { DeviceType, QueueHost } from './types.ts';

const DEVICE_ID = 16;
const GET_DISPLAY_INFO = 0x100;
const OK = 0x1100;
const OK_DISPLAY_INFO = 0x1101;
const DISPLAY = { width: 64, height: 32, enabled: true };
const HEADER = 24;
const DISPLAY_INFO = 408;

export function createGpuDevice(options: EmulatorOptions, host: QueueHost): DeviceType {
  const { width, height, enabled } = { ...DISPLAY, ...options.display };
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
    const asksForInfo = type === GET_DISPLAY_INFO;
    const response = new Uint8Array(asksForInfo ? DISPLAY_INFO : HEADER);
    // Flags and fence of the command come back.
    response.set(header);
    response.set(fields(true, [asksForInfo ? OK_DISPLAY_INFO : OK, 4]));
    if (asksForInfo) {
      response.set(fields(true, [0, 4], [0, 4], [width, 4], [height, 4], [enabled ? 1 : 0, 4]), HEADER);
    }
    return host.writeTo(chain, 0, response);
  });
}
