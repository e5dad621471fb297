/**
 * The control channel of a multiport console (5.3.6.2): which ports exist and are open on either side, and the messages
 * about them that wait for a buffer of the driver. Knows nothing of queues; `console.ts` carries the messages.
 */
import type { DeviceFaults } from '../faults/switches.ts';
import type { Endian } from './types.ts';

const DEVICE_READY = 0;
const DEVICE_ADD = 1;
const DEVICE_REMOVE = 2;
const PORT_READY = 3;
const CONSOLE_PORT = 4;
const RESIZE = 5;
const PORT_OPEN = 6;
const PORT_NAME = 7;

/** struct virtio_console_control: { u32 id, u16 event, u16 value }. */
export const CONTROL_SIZE = 8;

export interface ConsoleControl {
  /** Messages that wait for a buffer, oldest first. */
  readonly pending: Uint8Array[];
  /** Whether the port exists on the host's side. */
  exists(port: number): boolean;
  /** Whether input may go to the port: it exists and the driver has not closed it. */
  acceptsInput(port: number): boolean;
  /** A message of the driver, at least `CONTROL_SIZE` bytes. */
  receive(bytes: Uint8Array): void;
  /** Host side: plugs in a port, or pulls it. False where nothing changed. */
  add(port: number): boolean;
  remove(port: number): boolean;
  /** Host side: opens or closes its end of a port. */
  setHostOpen(port: number, open: boolean): void;
  resized(cols: number, rows: number): void;
  /** Device reset: the driver forgets, the host doesn't. */
  reset(): void;
}

interface Port {
  exists: boolean;
  hostOpen: boolean;
  /** DEVICE_ADD was sent and no DEVICE_REMOVE since. */
  added: boolean;
  /** The driver has answered PORT_READY and was told what the port is. */
  introduced: boolean;
  /** Set by the driver's PORT_OPEN with value 0. A driver that never spoke of the port has not closed it. */
  closedByDriver: boolean;
}

export function createConsoleControl(
  portCount: number,
  maxPorts: number,
  endian: () => Endian,
  faults: DeviceFaults,
): ConsoleControl {
  const ports: Port[] = [];
  for (let id = 0; id < maxPorts; id++) {
    ports.push({ exists: id < portCount, hostOpen: true, added: false, introduced: false, closedByDriver: false });
  }
  const pending: Uint8Array[] = [];
  let driverReady = false;

  function send(id: number, event: number, value: number, extra = 0): DataView {
    const bytes = new Uint8Array(CONTROL_SIZE + extra);
    const view = new DataView(bytes.buffer);
    const little = endian() === 'little';
    view.setUint32(0, id, little);
    view.setUint16(4, event, little);
    view.setUint16(6, value, little);
    pending.push(bytes);
    return view;
  }

  /** 5.3.6.2.1: only a port that the driver doesn't know yet may be added. */
  function announce(id: number): void {
    const port = ports[id];
    if (!driverReady || !port.exists || port.added) return;
    port.added = true;
    send(id, DEVICE_ADD, 0);
    if (faults['console-port-added-twice']) send(id, DEVICE_ADD, 0);
    if (faults['console-port-added-beyond-maximum'] && id === 0) send(maxPorts, DEVICE_ADD, 0);
  }

  /** Once per addition, however often the driver says it is ready: its messages must not make ours pile up. */
  function introduce(id: number): void {
    const port = ports[id];
    if (!port.added || port.introduced) return;
    port.introduced = true;
    if (id === 0) send(id, CONSOLE_PORT, 1);
    const name = `virtcheck.${id}`;
    const message = send(id, PORT_NAME, 1, name.length);
    for (let i = 0; i < name.length; i++) message.setUint8(CONTROL_SIZE + i, name.charCodeAt(i));
    if (port.hostOpen) send(id, PORT_OPEN, 1);
  }

  function forget(port: Port): void {
    port.added = false;
    port.introduced = false;
    port.closedByDriver = false;
  }

  return {
    pending,
    exists: (port) => ports[port]?.exists ?? false,
    acceptsInput: (id) => {
      const port = ports[id];
      return port !== undefined && port.exists && !port.closedByDriver;
    },
    receive(bytes) {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const little = endian() === 'little';
      const id = view.getUint32(0, little);
      const event = view.getUint16(4, little);
      const value = view.getUint16(6, little);
      if (event === DEVICE_READY) {
        driverReady = value === 1;
        for (let port = 0; port < maxPorts; port++) announce(port);
        if (faults['console-absent-port-removed']) send(maxPorts - 1, DEVICE_REMOVE, 0);
        return;
      }
      // A port that the driver was never told of can be neither ready nor open.
      if (ports[id]?.added !== true) return;
      if (event === PORT_READY && value === 1) introduce(id);
      if (event === PORT_OPEN) ports[id].closedByDriver = value === 0;
    },
    add(id) {
      const port = ports[id];
      if (port === undefined || port.exists) return false;
      port.exists = true;
      port.hostOpen = true;
      announce(id);
      return true;
    },
    remove(id) {
      const port = ports[id];
      if (port === undefined || !port.exists) return false;
      port.exists = false;
      // 5.3.6.2.1: a port that was never added must not be removed either.
      if (port.added && !faults['console-port-removed-silently']) send(id, DEVICE_REMOVE, 0);
      if (faults['console-port-removed-twice']) send(id, DEVICE_REMOVE, 0);
      forget(port);
      return true;
    },
    setHostOpen(id, open) {
      const port = ports[id];
      if (port === undefined || !port.exists || port.hostOpen === open) return;
      port.hostOpen = open;
      if (port.introduced) send(id, PORT_OPEN, open ? 1 : 0);
    },
    resized(cols, rows) {
      if (!ports[0].introduced) return;
      const message = send(0, RESIZE, 0, 4);
      const little = endian() === 'little';
      const [first, second] = faults['console-size-message-swapped'] ? [rows, cols] : [cols, rows];
      message.setUint16(CONTROL_SIZE, first, little);
      message.setUint16(CONTROL_SIZE + 2, second, little);
    },
    reset() {
      pending.length = 0;
      driverReady = false;
      ports.forEach(forget);
    },
  };
}
