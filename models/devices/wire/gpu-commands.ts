/** Commands of the graphics device's control queue that a 2D driver uses (5.7.6.8): numbers, sizes, fields. */

export const Command = {
  GET_DISPLAY_INFO: 0x100,
  RESOURCE_CREATE_2D: 0x101,
  RESOURCE_UNREF: 0x102,
  SET_SCANOUT: 0x103,
  RESOURCE_FLUSH: 0x104,
  TRANSFER_TO_HOST_2D: 0x105,
  RESOURCE_ATTACH_BACKING: 0x106,
  RESOURCE_DETACH_BACKING: 0x107,
} as const;

export const OK_NODATA = 0x1100;
export const OK_DISPLAY_INFO = 0x1101;

/** The header of commands and responses (5.7.6.7), and where it has what. */
export const HEADER = 24;
export const FLAGS = 4;
export const FENCE_ID = 8;
export const FLAG_FENCE = 1;

/** Answer to GET_DISPLAY_INFO: 16 displays, each a rectangle, enabled, flags. */
export const DISPLAY_INFO = HEADER + 16 * 24;

/** Sizes of commands in bytes; that of RESOURCE_ATTACH_BACKING is followed by its entries. */
export const SIZES: ReadonlyMap<number, number> = new Map([
  [Command.GET_DISPLAY_INFO, HEADER],
  [Command.RESOURCE_CREATE_2D, HEADER + 16],
  [Command.RESOURCE_UNREF, HEADER + 8],
  [Command.SET_SCANOUT, HEADER + 24],
  [Command.RESOURCE_FLUSH, HEADER + 24],
  [Command.TRANSFER_TO_HOST_2D, HEADER + 32],
  [Command.RESOURCE_ATTACH_BACKING, HEADER + 8],
  [Command.RESOURCE_DETACH_BACKING, HEADER + 8],
]);

/** An entry of RESOURCE_ATTACH_BACKING: address, length, padding. */
export const ENTRY = 16;

/** The eight formats of 5.7.6.8, all of 32 bits. */
export const FORMATS: readonly number[] = [1, 2, 3, 4, 67, 68, 121, 134];
export const BYTES_PER_PIXEL = 4;
