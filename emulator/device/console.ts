/** An emulated console (5.3): one port, or several with a control channel when `options.ports` is above 1. */
import { createByteQueue, type ByteQueue } from './byte-queue.ts';
import { CONTROL_SIZE, createConsoleControl } from './console-control.ts';
import type { EmulatorOptions } from './options.ts';
import type { Chain, DeviceType, Endian, QueueHost } from './types.ts';

const DEVICE_ID = 3;
const F_SIZE = 0;
/** Ring feature: buffers are used in the order in which they were made available (2.7.9). */
const F_IN_ORDER = 35;
const F_MULTIPORT = 1;
const F_EMERG_WRITE = 2;

/** struct virtio_console_config: { u16 cols, u16 rows, u32 max_nr_ports, u32 emerg_wr }. */
const CONFIG_SIZE = 12;
const EMERG_WR_OFFSET = 8;

/** A multiport console has room for this many ports, or for as many as it starts with. */
const MULTIPORT_ROOM = 8;
const CONTROL_RECEIVE = 2;
const CONTROL_TRANSMIT = 3;

/** Output kept per port until the host takes it, and the piece in which it is read out of guest memory. */
const OUTPUT_LIMIT = 1 << 20;
const OUTPUT_PIECE = 1 << 16;

export interface ConsoleDevice extends DeviceType {
  /** Host side: bytes for the driver, held until it offers buffers. */
  consoleInput(port: number, bytes: Uint8Array): void;
  /** Host side: what the driver wrote to a port since the last call. */
  takeConsoleOutput(port: number): Uint8Array;
  /** Host side: a new size of the console, which is port 0 (5.3.6). */
  resizeConsole(cols: number, rows: number): void;
  /** Host side: plugs in or pulls a port, or opens or closes the host's end of it. */
  port(port: number, action: 'add' | 'remove' | 'open' | 'close'): void;
}

/** Bytes on their way to the driver. */
interface Input {
  readonly bytes: ByteQueue;
  /** Room in the buffers already taken for these bytes but not filled yet. */
  reserved: number;
}

export function createConsoleDevice(options: EmulatorOptions, host: QueueHost): ConsoleDevice {
  const portCount = Math.max(1, options.ports ?? 1);
  const multiport = portCount > 1;
  const maxPorts = multiport ? Math.max(MULTIPORT_ROOM, portCount) : 1;
  const { faults } = host;
  const requestEndian = (): Endian => (faults['legacy-request-little-endian'] ? 'little' : host.endian);
  const configEndian = faults['legacy-config-little-endian'] ? 'little' : host.endian;
  const control = createConsoleControl(portCount, maxPorts, requestEndian, faults);
  const inputs: Input[] = [];
  const outputs: ByteQueue[] = [];
  for (let port = 0; port < maxPorts; port++) {
    inputs.push({ bytes: createByteQueue(), reserved: 0 });
    outputs.push(createByteQueue(OUTPUT_LIMIT));
  }
  /** Control buffers taken but not filled yet. */
  let controlReserved = 0;
  let pumpingControl = false;

  const config = new DataView(new ArrayBuffer(CONFIG_SIZE));
  setSize(80, 25);
  config.setUint32(4, maxPorts, configEndian === 'little');

  function setSize(cols: number, rows: number): boolean {
    const little = configEndian === 'little';
    const before = config.getUint32(0);
    config.setUint16(0, cols, little);
    config.setUint16(2, rows, little);
    return config.getUint32(0) !== before;
  }

  /**
   * Hands held input to receive buffers. A buffer is taken only when there are bytes for it, and which bytes it gets is
   * decided when it is filled: that keeps the stream in order even where buffers are filled in another order than taken.
   */
  function pump(port: number): void {
    if (port > 0 && !host.hasFeature(F_MULTIPORT)) return;
    const input = inputs[port];
    const queue = receiveQueue(port);
    while (control.acceptsInput(port) && input.bytes.length > input.reserved) {
      if (faults['console-waits-for-much-input'] && input.bytes.length < 64) return;
      const chain = host.take(queue);
      if (chain === null) return;
      const room = chain.writableLength;
      // With IN_ORDER buffers go back as they were taken, so that is the order in which they are given their bytes.
      const early = host.hasFeature(F_IN_ORDER) ? input.bytes.shift(room) : undefined;
      if (early === undefined) input.reserved += room;
      host.schedule(queue, () => {
        if (early === undefined) input.reserved = Math.max(0, input.reserved - room);
        // A port pulled in between has nothing to say any more, but its buffer still goes back.
        const bytes = early ?? input.bytes.shift(control.exists(port) ? room : 0);
        host.complete(chain, bytes.length === 0 ? 0 : host.writeTo(chain, 0, bytes));
      });
    }
  }

  /** Collects the output of one port; a buffer on a port that doesn't exist is returned unread. */
  function drain(queue: number, port: number): void {
    for (let next = host.take(queue); next !== null; next = host.take(queue)) {
      const chain = next;
      // Output keeps the order of the queue (5.3.6), whatever the order in which the buffers go back.
      if (control.exists(port)) collect(chain, outputs[port]);
      host.schedule(queue, () => {
        // A transmit buffer is only read (5.3.6): nothing was written into it.
        host.complete(chain, faults['console-transmit-length-counts-read'] ? chain.readableLength : 0);
      });
    }
  }

  /** Hands waiting control messages to control receive buffers, in the order in which they arose. */
  function pumpControl(): void {
    // Work done at once comes back here; the loop already running sees to the rest, without nesting.
    if (pumpingControl || !host.hasFeature(F_MULTIPORT)) return;
    pumpingControl = true;
    while (control.pending.length > controlReserved) {
      const chain = host.take(CONTROL_RECEIVE);
      if (chain === null) break;
      controlReserved++;
      host.schedule(CONTROL_RECEIVE, () => fillControl(chain));
    }
    pumpingControl = false;
  }

  function fillControl(chain: Chain): void {
    controlReserved = Math.max(0, controlReserved - 1);
    host.complete(chain, writeControlMessage(chain));
    // The buffer may have been too small, and then its message still waits.
    pumpControl();
  }

  /**
   * Fills one control buffer with the next message that fits. A buffer too small for any message goes back empty and
   * the message waits for a better one. What is longer than the bare header (a name, a size that the configuration
   * space shows as well) is left out where it doesn't fit, rather than cut short or let block the rest.
   */
  function writeControlMessage(chain: Chain): number {
    if (chain.writableLength < CONTROL_SIZE) return 0;
    let message = control.pending.shift();
    while (message !== undefined && message.length > chain.writableLength) message = control.pending.shift();
    return message === undefined ? 0 : host.writeTo(chain, 0, message);
  }

  function processControl(): void {
    for (let next = host.take(CONTROL_TRANSMIT); next !== null; next = host.take(CONTROL_TRANSMIT)) {
      const chain = next;
      // Messages take effect in the order of the queue, whatever the order in which the buffers go back.
      const whole = chain.readableLength >= CONTROL_SIZE;
      if (whole) control.receive(host.readFrom(chain, 0, CONTROL_SIZE));
      host.schedule(CONTROL_TRANSMIT, () => {
        host.complete(chain, 0);
        if (!whole) return;
        pumpControl();
        // The driver may have opened a port for which input waits.
        for (let port = 0; port < maxPorts; port++) pump(port);
      });
    }
  }

  function collect(chain: Chain, output: ByteQueue): void {
    if (faults['console-output-first-descriptor-only']) {
      output.push(host.readFrom(chain, 0, Math.min(OUTPUT_PIECE, chain.readable[0]?.length ?? 0)));
      return;
    }
    for (let done = 0; done < chain.readableLength && output.length < OUTPUT_LIMIT; done += OUTPUT_PIECE) {
      output.push(host.readFrom(chain, done, Math.min(OUTPUT_PIECE, chain.readableLength - done)));
    }
  }

  return {
    deviceId: DEVICE_ID,
    queueCount: multiport ? 2 * (maxPorts + 1) : 2,
    features: multiport ? [F_SIZE, F_MULTIPORT, F_EMERG_WRITE] : [F_SIZE, F_EMERG_WRITE],
    configSize: CONFIG_SIZE,
    readConfig: (offset) => (offset >= 0 && offset < CONFIG_SIZE ? config.getUint8(offset) : 0),
    writeConfig(offset, bytes) {
      // 5.3.5.1: allowed at any time, even before initialization. The character is the field's low byte.
      const low = (configEndian === 'little') === !faults['console-emergency-write-high-byte'] ? 0 : 3;
      const at = EMERG_WR_OFFSET + low - offset;
      if (faults['console-emergency-write-lost']) return;
      if (faults['console-emergency-write-fatal'] && at >= 0 && at < bytes.length) return host.needsReset();
      if (at >= 0 && at < bytes.length) outputs[0].push(Uint8Array.of(bytes[at]));
    },
    process(queue) {
      // 5.3.2: without MULTIPORT accepted there is port 0 and nothing else.
      if (queue > 1 && !host.hasFeature(F_MULTIPORT)) return;
      if (queue > 1 && faults['console-ports-in-control-queues']) queue += 2;
      if (queue === CONTROL_RECEIVE) return pumpControl();
      if (queue === CONTROL_TRANSMIT) return processControl();
      const port = portOf(queue);
      if (port >= maxPorts) return;
      if (queue === receiveQueue(port)) pump(port);
      else drain(queue, port);
    },
    acceptsFeatures: () => true,
    started: () => undefined,
    reset() {
      // Filled or not, no buffer is the device's any more. The host's bytes stay: the driver has not had them.
      control.reset();
      controlReserved = 0;
      for (const input of inputs) input.reserved = 0;
    },
    queueReset(queue) {
      if (queue === CONTROL_RECEIVE) controlReserved = 0;
      else if (inputs[portOf(queue)] !== undefined && queue === receiveQueue(portOf(queue))) {
        inputs[portOf(queue)].reserved = 0;
      }
    },
    consoleInput(port, bytes) {
      if (!control.exists(port)) return;
      inputs[port].bytes.push(bytes);
      pump(port);
    },
    takeConsoleOutput(port) {
      const output = outputs[port];
      return output === undefined ? new Uint8Array(0) : output.shift(output.length);
    },
    resizeConsole(cols, rows) {
      if (!setSize(cols, rows)) return;
      if (!faults['console-resize-silent']) host.configChanged();
      control.resized(cols, rows);
      pumpControl();
    },
    port(port, action) {
      // A plain console has no way to tell the driver of any of this.
      if (!multiport) return;
      if (action === 'add') control.add(port);
      else if (action === 'remove') {
        if (control.remove(port)) inputs[port].bytes.clear();
      } else control.setHostOpen(port, action === 'open');
      pumpControl();
    },
  };
}

/** 5.3.2: port 0 has queues 0 and 1, the control channel 2 and 3, port N the pair at 2N + 2. */
function receiveQueue(port: number): number {
  return port === 0 ? 0 : 2 * port + 2;
}

/** The port whose receive or transmit queue `queue` is; not for the control queues. */
function portOf(queue: number): number {
  return queue < 2 ? 0 : (queue - 2) >> 1;
}
