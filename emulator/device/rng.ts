/** An emulated entropy device (5.4): fills buffers with pseudo-random bytes that a seed makes repeatable. */
import type { EmulatorOptions } from './options.ts';
import type { Chain, DeviceType, QueueHost } from './types.ts';

const DEVICE_ID = 4;
const CHUNK_SIZE = 4096;

/**
 * The device may use less than a buffer (5.4.6.2). It does so only here: descriptors that overlap can describe far more
 * bytes than guest memory has, and filling them would keep the device busy for minutes.
 */
const MOST_PER_BUFFER = 1 << 20;

/** Words on their way to a buffer. One for all devices: it is empty again whenever control leaves here. */
const chunk = new Uint8Array(CHUNK_SIZE);
const words = new DataView(chunk.buffer);

export function createEntropyDevice(options: EmulatorOptions, host: QueueHost): DeviceType {
  let nextWord = wordSource(options.seed ?? 1);
  let previousFirst = -1;
  const { faults } = host;
  let fills = 0;

  /** Fills a buffer. Its first byte differs from the previous buffer's: not even one-byte answers come twice in a row. */
  function fill(chain: Chain): void {
    fills++;
    if (faults['rng-buffer-left-empty'] && fills % 4 === 0) return host.complete(chain, 0);
    if (faults['rng-claims-unwritten']) return host.complete(chain, chain.writableLength);
    let length = Math.min(chain.writableLength, MOST_PER_BUFFER);
    if (faults['rng-length-overstated']) length >>= 1;
    let done = 0;
    while (done < length) {
      const size = Math.min(CHUNK_SIZE, length - done);
      for (let at = 0; at < size; at += 4) {
        let word = nextWord();
        if (faults['rng-zeroes']) word = 0;
        else if (faults['rng-repeats']) word = 0x2545f491;
        else while (done + at === 0 && (word & 0xff) === previousFirst) word = nextWord();
        words.setUint32(at, word, true);
      }
      if (done === 0) previousFirst = chunk[0];
      const written = host.writeTo(chain, done, size === CHUNK_SIZE ? chunk : chunk.subarray(0, size));
      done += written;
      if (written < size) break;
    }
    host.complete(chain, faults['rng-length-overstated'] ? chain.writableLength : done);
  }

  return {
    deviceId: DEVICE_ID,
    queueCount: 1,
    features: [],
    configSize: 0,
    readConfig: () => 0,
    writeConfig: () => undefined,
    process(queue) {
      for (let chain = host.take(queue); chain !== null; chain = host.take(queue)) {
        const buffer = chain;
        host.schedule(queue, () => fill(buffer));
      }
    },
    acceptsFeatures: () => true,
    started: () => undefined,
    // The generator runs on: a driver that resets the device must not be given the same bytes again.
    reset() {
      if (!faults['rng-repeats-after-reset']) return;
      nextWord = wordSource(options.seed ?? 1);
      previousFirst = -1;
    },
    queueReset: () => undefined,
  };
}

/** A counter put through a bijective mix: no 32-bit word comes twice before all 2^32 have come. */
function wordSource(seed: number): () => number {
  let counter = seed >>> 0;
  return () => {
    counter = (counter + 0x9e3779b9) >>> 0;
    let word = counter;
    word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
    word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
    return (word ^ (word >>> 16)) >>> 0;
  };
}
