/** An emulated network device (5.1) whose wire is a loop: what is sent comes back. One pair of queues and a control queue. */
import type { Chain, DeviceType, QueueHost } from './types.ts';
import { simpleDevice } from './simple-device.ts';

const DEVICE_ID = 1;
const F_MAC = 5;
const F_STATUS = 16;
const F_CTRL_VQ = 17;
const F_CTRL_RX = 18;
const TRANSMIT = 1;
const CONTROL = 2;
const CONFIG = [0x02, 0x00, 0x5e, 0x10, 0x00, 0x01, 1, 0];
const MOST_PACKETS = 64;
const ACK_OK = Uint8Array.of(0);

export function createNetDevice(host: QueueHost): DeviceType {
  const wire: Uint8Array[] = [];

  function deliver(): void {
    while (wire.length > 0) {
      const chain = host.take(0);
      if (chain === null) return;
      const packet = wire.shift()!;
      host.schedule(0, () => host.complete(chain, host.writeTo(chain, 0, packet)));
    }
  }

  function send(chain: Chain): void {
    if (wire.length < MOST_PACKETS) wire.push(host.readFrom(chain, 0, chain.readableLength));
    host.complete(chain, 0);
    deliver();
  }

  const own = {
    deviceId: DEVICE_ID,
    queueCount: 3,
    features: [F_MAC, F_STATUS, F_CTRL_VQ, F_CTRL_RX],
    configSize: CONFIG.length,
    readConfig: (offset: number) => CONFIG[offset] ?? 0,
    process(queue: number) {
      if (queue === 0) return deliver();
      for (let chain = host.take(queue); chain !== null; chain = host.take(queue)) {
        const taken = chain;
        if (queue === TRANSMIT) host.schedule(queue, () => send(taken));
        else if (queue === CONTROL) host.schedule(queue, () => host.complete(taken, host.writeTo(taken, 0, ACK_OK)));
      }
    },
    reset() {
      wire.length = 0;
    },
  };
  return simpleDevice(host, own, () => 0);
}
