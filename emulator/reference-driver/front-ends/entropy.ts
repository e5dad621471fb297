/** The entropy device (5.4): asks for random bytes. */
import type { Core, FrontEnd } from '../front-end.ts';

const DEVICE_ID = 4;

export class EntropyFrontEnd implements FrontEnd {
  readonly deviceId = DEVICE_ID;
  readonly configNeeded = 0;
  readonly configKnown = 0;
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  understood(): readonly number[] {
    return [];
  }

  configure(): number {
    return 1;
  }

  /** Asks for so many bytes, in so many pieces. */
  request(length: number, pieces: number, indirect: boolean): void {
    const address = this.#core.memory.allocate(length, 16);
    if (address === undefined) return;
    const size = Math.max(1, Math.ceil(length / pieces));
    const parts = Array.from({ length: Math.ceil(length / size) }, (_, i) => ({
      address: address + i * size,
      length: Math.min(size, length - i * size),
      writable: true,
    }));
    this.#core.submit(0, parts, { kind: 'random', parts }, { indirect });
  }

  started(): void {
    // Bytes are asked for when somebody needs them.
  }

  queueRestarted(): void {
    // Requests that the reset withdrew are not made again.
  }

  completed(): void {
    // The pool that the bytes would go to is not part of this.
  }

  configChanged(): void {
    // It has no configuration.
  }
}
