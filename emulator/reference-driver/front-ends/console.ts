/** The console device (5.3): one port, or several with the control queues of MULTIPORT. */
import type { Core, FrontEnd, Token } from '../front-end.ts';
import type { Part, Used } from '../ring.ts';

const DEVICE_ID = 3;
const CONFIG_SIZE = 12;
const MAX_PORTS_OFFSET = 4;
const CONTROL_RECEIVE = 2;
const CONTROL_TRANSMIT = 3;
const CONTROL_BYTES = 8;
/** Room for a message and a name behind it. */
const CONTROL_ROOM = 64;
const CONTROL_BUFFERS = 8;
const RECEIVE_ROOM = 64;
const RECEIVE_BUFFERS = 2;
/** Messages about the device and not about a port. */
const NO_PORT = 0xffffffff;

export const ConsoleFeature = { size: 0, multiport: 1, emergencyWrite: 2 } as const;

const Event = { deviceReady: 0, deviceAdd: 1, deviceRemove: 2, portReady: 3, consolePort: 4, portOpen: 6 } as const;

export class ConsoleFrontEnd implements FrontEnd {
  readonly deviceId = DEVICE_ID;
  readonly configNeeded = 0;
  readonly configKnown = CONFIG_SIZE;
  readonly #core: Core;
  #ports = 1;
  /** Ports that the device has announced. */
  readonly #known = new Set<number>();

  constructor(core: Core) {
    this.#core = core;
  }

  get #multiport(): boolean {
    return this.#core.has(ConsoleFeature.multiport);
  }

  understood(): readonly number[] {
    return [ConsoleFeature.size, ConsoleFeature.multiport];
  }

  configure(): number {
    const { config } = this.#core;
    this.#known.clear();
    this.#readSize();
    this.#ports = this.#multiport ? config.field(MAX_PORTS_OFFSET, 4) : 1;
    return this.#multiport ? 2 + 2 * this.#ports : 2;
  }

  started(): void {
    this.#fill(0, RECEIVE_BUFFERS, RECEIVE_ROOM);
    if (!this.#multiport) return;
    this.#fill(CONTROL_RECEIVE, CONTROL_BUFFERS, CONTROL_ROOM);
    if (!this.#core.switches.fault('device-ready-not-sent')) this.#tell(NO_PORT, Event.deviceReady, 1);
  }

  queueRestarted(queue: number): void {
    if (queue === CONTROL_RECEIVE) this.#fill(queue, CONTROL_BUFFERS, CONTROL_ROOM);
    else if (queue % 2 === 0) this.#fill(queue, RECEIVE_BUFFERS, RECEIVE_ROOM);
  }

  /** Sends bytes to a port, in so many pieces. */
  output(port: number, length: number, pieces: number, indirect: boolean): void {
    if (port > 0 && !this.#known.has(port)) return;
    const address = this.#core.memory.allocate(length, 1);
    if (address === undefined) return;
    this.#core.memory.store(
      address,
      Uint8Array.from({ length }, (_, i) => 0x20 + (i % 0x5f)),
    );
    const size = Math.max(1, Math.ceil(length / pieces));
    const parts = Array.from({ length: Math.ceil(length / size) }, (_, i) => ({
      address: address + i * size,
      length: Math.min(size, length - i * size),
      writable: false,
    }));
    this.#core.submit(queueOf(port) + 1, parts, { kind: 'output', parts }, { indirect });
  }

  /** Opens or closes the driver's end of a port. */
  open(port: number, open: boolean): void {
    if (!this.#multiport || !this.#known.has(port)) return;
    if (open) this.#fill(queueOf(port), RECEIVE_BUFFERS, RECEIVE_ROOM);
    this.#tell(port, Event.portOpen, open ? 1 : 0);
  }

  completed(queue: number, { token, length }: Used<Token>): void {
    if (token.kind === 'control' && length !== undefined && length >= CONTROL_BYTES)
      this.#heard(token.parts[0].address);
    // Buffers for input and messages go back to the device.
    if (token.kind === 'input' || token.kind === 'control') this.#core.submit(queue, token.parts, token);
  }

  configChanged(): void {
    this.#readSize();
  }

  #readSize(): void {
    if (!this.#core.has(ConsoleFeature.size)) return;
    this.#core.config.field(0, 2);
    this.#core.config.field(2, 2);
  }

  /** A message of the device (5.3.6.2). */
  #heard(address: number): void {
    const { memory, switches } = this.#core;
    const port = memory.load32(address);
    const event = memory.load16(address + 4);
    if (event === Event.deviceAdd && port < this.#ports) {
      this.#known.add(port);
      this.#tell(port, Event.portReady, 1);
    } else if (event === Event.deviceRemove) this.#known.delete(port);
    else if (event === Event.consolePort && !switches.fault('console-port-not-answered')) {
      this.#tell(port, Event.portOpen, switches.fault('console-port-answered-closed') ? 0 : 1);
    }
  }

  #tell(port: number, event: number, value: number): void {
    const { memory, switches, legacy } = this.#core;
    const address = memory.allocate(CONTROL_BYTES, 8);
    if (address === undefined) return;
    const little = memory.little || (legacy && switches.fault('legacy-control-little-endian'));
    memory.store(
      address,
      memory.bytes(
        [
          [4, port],
          [2, event],
          [2, value],
        ],
        little,
      ),
    );
    const half = CONTROL_BYTES / 2;
    const parts: Part[] = switches.fault('control-message-halved')
      ? [half, half].map((length, i) => ({ address: address + i * half, length, writable: false }))
      : [{ address, length: CONTROL_BYTES, writable: false }];
    this.#core.submit(CONTROL_TRANSMIT, parts, { kind: 'message', parts });
  }

  #fill(queue: number, count: number, room: number): void {
    const kind = queue === CONTROL_RECEIVE ? 'control' : 'input';
    for (let i = 0; i < count; i++) {
      const address = this.#core.memory.allocate(room, 8);
      if (address === undefined) return;
      const parts: Part[] = [{ address, length: room, writable: true }];
      if (!this.#core.submit(queue, parts, { kind, parts })) return;
    }
  }
}

/** The receive queue of a port (5.3.2). */
function queueOf(port: number): number {
  return port === 0 ? 0 : 2 * port + 2;
}
