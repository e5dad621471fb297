/** An emulated network device (5.1) whose wire is a loop: what is sent comes back. One pair of queues and a control queue. */
import { Feature } from './bits.ts';
import type { EmulatorOptions } from './options.ts';
import { fields, simpleDevice } from './simple-device.ts';
import type { Chain, DeviceType, QueueHost } from './types.ts';

const DEVICE_ID = 1;
const F_MAC = 5;
const F_STATUS = 16;
const F_CTRL_VQ = 17;
const F_CTRL_RX = 18;
const RECEIVE = 0;
const TRANSMIT = 1;
const CONTROL = 2;
const MAC = [0x02, 0x00, 0x5e, 0x10, 0x00, 0x01];
const LINK_UP = 1;
const MOST_FRAMES = 64;
/** The header up to num_buffers, which legacy devices do not have. */
const SHORT_HEADER = 10;
/** Status of a control command: an error, as it knows none. */
const ACK_ERROR = Uint8Array.of(1);

export function createNetDevice(options: EmulatorOptions, host: QueueHost): DeviceType {
  const wire: Uint8Array[] = [];
  const status = fields(host.endian === 'little', [LINK_UP, 2]);
  const config = [...(options.mac ?? MAC), ...status];
  /** A frame that comes in lies in one buffer. */
  const incoming = (): Uint8Array => {
    const short = new Uint8Array(SHORT_HEADER);
    return host.hasFeature(Feature.VERSION_1) ? Uint8Array.of(...short, ...fields(true, [1, 2])) : short;
  };

  function deliver(): void {
    while (wire.length > 0) {
      const chain = host.take(RECEIVE);
      if (chain === null) return;
      const packet = Uint8Array.of(...incoming(), ...wire.shift()!);
      host.schedule(RECEIVE, () => host.complete(chain, host.writeTo(chain, 0, packet)));
    }
  }

  function send(chain: Chain): void {
    const header = incoming().length;
    const frame = host.readFrom(chain, header, Math.max(0, chain.readableLength - header));
    if (wire.length < MOST_FRAMES) wire.push(frame);
    host.complete(chain, 0);
    deliver();
  }

  const own = {
    deviceId: DEVICE_ID,
    queueCount: 3,
    features: [F_MAC, F_STATUS, F_CTRL_VQ, F_CTRL_RX],
    configSize: config.length,
    readConfig: (offset: number) => config[offset] ?? 0,
    process(queue: number) {
      if (queue === RECEIVE) return deliver();
      for (let chain = host.take(queue); chain !== null; chain = host.take(queue)) {
        const taken = chain;
        if (queue === TRANSMIT) host.schedule(queue, () => send(taken));
        else if (queue === CONTROL) host.schedule(queue, () => host.complete(taken, host.writeTo(taken, 0, ACK_ERROR)));
      }
    },
    reset() {
      wire.length = 0;
    },
  };
  return simpleDevice(host, own, () => 0);
}
