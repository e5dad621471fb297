/** What device types that only answer requests have in common. */
import type { Chain, DeviceType, QueueHost } from './types.ts';

/** A device type with sensible answers to everything that it does not care about. */
export function simpleDevice(
  host: QueueHost,
  own: Pick<DeviceType, 'deviceId' | 'queueCount' | 'features' | 'configSize' | 'readConfig'> & Partial<DeviceType>,
  answer: (queue: number, chain: Chain) => number,
): DeviceType {
  return {
    writeConfig: () => undefined,
    process(queue) {
      for (let chain = host.take(queue); chain !== null; chain = host.take(queue)) {
        const request = chain;
        host.schedule(queue, () => host.complete(request, answer(queue, request)));
      }
    },
    acceptsFeatures: () => true,
    started: () => undefined,
    reset: () => undefined,
    queueReset: () => undefined,
    ...own,
  };
}

/** Bytes of little- or big-endian fields: `[value, size in bytes]` each. */
export function fields(little: boolean, ...values: readonly (readonly [value: number, size: number])[]): Uint8Array {
  const bytes: number[] = [];
  for (const [value, size] of values) {
    const field = Array.from({ length: size }, (_, i) => Math.floor(value / 256 ** i) % 256);
    bytes.push(...(little ? field : field.reverse()));
  }
  return Uint8Array.from(bytes);
}
