/** Numbers of the console device: feature bits (5.3.3), control events (5.3.6.2), queues (5.3.2). */

export const Feature = { SIZE: 0, MULTIPORT: 1, EMERG_WRITE: 2, ANY_LAYOUT: 27 } as const;

/** Bit of Status (2.1). */
export const SUSPEND = 16;

export const ControlEvent = {
  DEVICE_READY: 0,
  DEVICE_ADD: 1,
  DEVICE_REMOVE: 2,
  PORT_READY: 3,
  CONSOLE_PORT: 4,
  RESIZE: 5,
  PORT_OPEN: 6,
  PORT_NAME: 7,
} as const;

/** Bytes of a control message without what follows it. */
export const MESSAGE = 8;
/**
 * Buffers of this many bytes hold any control message: a size (4 bytes) or a name follows the 8. A message that is longer
 * than its buffer is in no clause of 5.3.6.2.
 */
export const ROOM_FOR_ANY = 64;

export const CONTROL_RX = 2;
export const CONTROL_TX = 3;

/** The port that a data queue belongs to. */
export function portOf(queue: number): number {
  return queue < CONTROL_RX ? 0 : (queue >> 1) - 1;
}

/** Receive queues have even numbers, transmit queues odd ones. */
export function receives(queue: number): boolean {
  return (queue & 1) === 0;
}

const NAMES = new Map<number, string>(Object.entries(ControlEvent).map(([name, event]) => [event, name]));

export function eventName(event: number): string {
  return NAMES.get(event) ?? `event ${event}`;
}

/** Control events that a device sends. */
export function isDeviceEvent(event: number): boolean {
  return NAMES.has(event) && event !== ControlEvent.DEVICE_READY && event !== ControlEvent.PORT_READY;
}
