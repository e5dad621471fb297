/** Numbers of the block device: feature bits (5.2.3), request types and statuses (5.2.6, 5.2.6.3). */

export const SECTOR = 512;
/** No disk has more; sector numbers beyond it are rounded. */
export const MOST_SECTORS = 2 ** 52;
/** Bytes of the request header: type, reserved, sector. */
export const HEADER = 16;
/** Bytes of one discard, write-zeroes or secure-erase segment. */
export const SEGMENT = 16;
/** Bytes that GET_ID fills. */
export const ID_BYTES = 20;
/** Bytes that GET_LIFETIME fills. */
export const LIFETIME_BYTES = 6;

export const Feature = {
  BARRIER: 0,
  SIZE_MAX: 1,
  SEG_MAX: 2,
  GEOMETRY: 4,
  RO: 5,
  SCSI: 7,
  BLK_SIZE: 6,
  FLUSH: 9,
  TOPOLOGY: 10,
  CONFIG_WCE: 11,
  MQ: 12,
  DISCARD: 13,
  WRITE_ZEROES: 14,
  LIFETIME: 15,
  SECURE_ERASE: 16,
  ZONED: 17,
  /** 6.3: no assumptions about framing. */
  ANY_LAYOUT: 27,
} as const;

export const RequestType = {
  IN: 0,
  OUT: 1,
  SCSI_CMD: 2,
  SCSI_CMD_OUT: 3,
  FLUSH: 4,
  FLUSH_OUT: 5,
  GET_ID: 8,
  GET_LIFETIME: 10,
  DISCARD: 11,
  WRITE_ZEROES: 13,
  SECURE_ERASE: 14,
} as const;

/** ZONE_APPEND, REPORT, OPEN, CLOSE, FINISH, RESET, RESET_ALL. */
export const ZONE_TYPES: ReadonlySet<number> = new Set([15, 16, 18, 20, 22, 24, 26]);
/** Legacy: the request acts as a barrier (5.2.6.3). */
export const BARRIER_BIT = 0x80000000;

export const Status = { OK: 0, IOERR: 1, UNSUPP: 2 } as const;
/** Statuses from here on belong to zoned devices; the last one is 6. */
export const LAST_ZONED_STATUS = 6;

export function statusName(status: number): string {
  return ['OK', 'IOERR', 'UNSUPP'][status] ?? `status ${status}`;
}

const NAMES = new Map<number, string>(Object.entries(RequestType).map(([name, type]) => [type, name]));

export function typeName(type: number): string {
  return NAMES.get(type) ?? (ZONE_TYPES.has(type) ? `zone request ${type}` : `type ${type}`);
}

/** WRITE_ZEROES segment flag. */
export const UNMAP = 1;

/** Values of `zoned.model`. */
export const ZoneModel = { NONE: 0, HM: 1, HA: 2 } as const;
