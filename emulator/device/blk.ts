/** An emulated block device (5.2): one request queue, a disk in memory, every request type but those of zones. */
import {
  BLOCK_CONFIG_SIZE,
  DISCARD_LIMITS,
  fillBlockConfig,
  limitBlockSegments,
  SECURE_ERASE_LIMITS,
  WRITE_ZEROES_LIMITS,
  WRITEBACK_OFFSET,
  type SegmentLimits,
} from './blk-config.ts';
import {
  clearedRange,
  leavesData,
  offersLifetime,
  spoilBlockConfig,
  statusPlace,
  toggleDeallocation,
} from './blk-faults.ts';
import type { DeviceFaults } from '../faults/switches.ts';
import { createDisk, SECTOR_SIZE } from './disk.ts';
import type { EmulatorOptions } from './options.ts';
import type { Chain, DeviceType, QueueHost } from './types.ts';

const DEVICE_ID = 2;
const DEFAULT_CAPACITY = 128;
const DEFAULT_SERIAL = 'virtcheck-emulator';

/** Feature bits of 5.2.3. */
const F_SIZE_MAX = 1;
const F_SEG_MAX = 2;
const F_GEOMETRY = 4;
const F_RO = 5;
const F_BLK_SIZE = 6;
const F_FLUSH = 9;
const F_TOPOLOGY = 10;
const F_CONFIG_WCE = 11;
const F_DISCARD = 13;
const F_WRITE_ZEROES = 14;
const F_LIFETIME = 15;
const F_SECURE_ERASE = 16;
const F_ZONED = 17; // never offered but by a fault

/** Request types of 5.2.6. */
const T_IN = 0;
const T_OUT = 1;
const T_FLUSH = 4;
const T_FLUSH_OUT = 5; // legacy synonym of T_FLUSH (5.2.6.3)
const T_GET_ID = 8;
const T_GET_LIFETIME = 10;
const T_DISCARD = 11;
const T_WRITE_ZEROES = 13;
const T_SECURE_ERASE = 14;

const S_OK = 0;
const S_IOERR = 1;
const S_UNSUPP = 2;
type Status = typeof S_OK | typeof S_IOERR | typeof S_UNSUPP;

const HEADER_SIZE = 16;
const STATUS_SIZE = 1;
const SEGMENT_SIZE = 16;
const ID_SIZE = 20;
const LIFETIME_SIZE = 6;
const FLAG_UNMAP = 1;

export interface BlockDevice extends DeviceType {
  /** Host side: the medium changes its size; the driver is told (5.2.6.2). */
  resizeDisk(sectors: number): void;
}

export function createBlockDevice(options: EmulatorOptions, host: QueueHost): BlockDevice {
  const disk = createDisk(options.capacity ?? DEFAULT_CAPACITY);
  const legacy = options.version === 1;
  const readOnly = options.readOnly ?? false;
  const { faults } = host;
  const id = deviceIdString(options.serial ?? DEFAULT_SERIAL, faults);
  /** Made when first read: most devices are reset and used without anybody looking. */
  let config: Uint8Array | null = null;
  /** What the driver last wrote to `writeback`, null since reset. */
  let chosenCacheMode: 0 | 1 | null = null;
  /** For the fault `blk-reset-loses-writes`. */
  const written: { sector: number; count: number }[] = [];

  function configBytes(): Uint8Array {
    if (config === null) {
      config = new Uint8Array(BLOCK_CONFIG_SIZE);
      refreshConfig(config);
    }
    return config;
  }

  function refreshConfig(bytes: Uint8Array): void {
    const endian = faults['legacy-config-little-endian'] ? 'little' : host.endian;
    const fields = new DataView(bytes.buffer);
    fillBlockConfig(fields, disk.capacity, options.queueSizeMax ?? 256, endian);
    limitBlockSegments(fields, options, endian);
    spoilBlockConfig(bytes, faults);
  }

  /**
   * The `writeback` field. It starts as writeback, and as writethrough where a driver took CONFIG_WCE without FLUSH
   * (5.2.5.2). A legacy device must not let the accepted features change it (5.2.5.3).
   */
  function cacheMode(): 0 | 1 {
    if (chosenCacheMode !== null) return chosenCacheMode;
    if (faults['blk-writeback-starts-on']) return 1;
    const featuresCount = !legacy || faults['blk-legacy-cache-mode-follows-features'];
    return featuresCount && host.hasFeature(F_CONFIG_WCE) && !host.hasFeature(F_FLUSH) ? 0 : 1;
  }

  /** 5.2.4: requests and segments alike have their fields in the host's byte order. */
  function littleRequests(): boolean {
    return host.endian === 'little' || faults['legacy-request-little-endian'];
  }

  /**
   * Writes the status into the last device-writable byte, whatever the framing (2.7.4, 5.2.6), and returns the chain.
   * The used length covers only bytes written without a gap from the first writable one on (2.7.8.2): where the data
   * part was left unwritten, it therefore can't count the status byte behind it.
   */
  function finish(chain: Chain, status: Status, dataWritten: number): void {
    const statusOffset = chain.writableLength - STATUS_SIZE;
    if (!faults['blk-status-not-written']) {
      host.writeTo(chain, statusPlace(chain, statusOffset, faults), STATUS_BYTES[status]);
    }
    const whole = dataWritten === statusOffset || faults['blk-used-length-counts-unwritten-data'];
    host.complete(chain, whole ? chain.writableLength : dataWritten);
  }

  function execute(chain: Chain): void {
    if (chain.readableLength < HEADER_SIZE) return finish(chain, S_IOERR, 0);
    if (faults['blk-header-in-one-descriptor'] && chain.readable[0].length < HEADER_SIZE)
      return finish(chain, S_IOERR, 0);
    const header = host.readFrom(chain, 0, HEADER_SIZE);
    const little = littleRequests();
    const type = readU32(header, 0, little);
    const sector = readSector(header, 8, little);
    const room = chain.writableLength - STATUS_SIZE;
    switch (type) {
      case T_IN: {
        if (!transferable(sector, room)) return finish(chain, S_IOERR, 0);
        disk.read(sector, room, (piece, done) => {
          if (!faults['blk-reads-first-descriptor-only'] || done < chain.writable[0].length)
            host.writeTo(chain, done, piece);
        });
        return finish(chain, S_OK, room);
      }
      case T_OUT:
        return finish(chain, write(chain, sector), 0);
      case T_FLUSH:
        if (faults['blk-flush-unsupported']) return finish(chain, S_UNSUPP, 0);
        // Every completed write is already as stable as this medium gets (5.2.6.2); data that came along is ignored.
        return finish(chain, S_OK, 0);
      case T_FLUSH_OUT:
        return finish(chain, legacy ? S_OK : S_UNSUPP, 0);
      case T_GET_ID:
        if (room !== ID_SIZE) return finish(chain, S_IOERR, 0);
        host.writeTo(chain, 0, id);
        return finish(chain, S_OK, ID_SIZE);
      case T_DISCARD:
        return finish(chain, clear(chain, F_DISCARD, DISCARD_LIMITS, 0), 0);
      case T_WRITE_ZEROES:
        return finish(chain, clear(chain, F_WRITE_ZEROES, WRITE_ZEROES_LIMITS, FLAG_UNMAP), 0);
      case T_SECURE_ERASE:
        return finish(chain, clear(chain, F_SECURE_ERASE, SECURE_ERASE_LIMITS, FLAG_UNMAP), 0);
      case T_GET_LIFETIME: {
        const reserved = faults['blk-lifetime-reserved-values'];
        if (!(reserved || (options.wearMetrics && host.hasFeature(F_LIFETIME)))) return finish(chain, S_UNSUPP, 0);
        if (room !== LIFETIME_SIZE) return finish(chain, reserved ? S_UNSUPP : S_IOERR, 0);
        host.writeTo(chain, 0, reserved ? new Uint8Array(LIFETIME_SIZE).fill(0x7f) : lifetime(little));
        return finish(chain, S_OK, LIFETIME_SIZE);
      }
      default:
        if (faults['blk-unknown-request-ok']) return finish(chain, S_OK, 0);
        if (faults['blk-unknown-request-ioerr']) return finish(chain, S_IOERR, 0);
        if (faults['blk-unknown-request-fatal']) return host.needsReset();
        if (faults['blk-zone-requests-accepted'] && type >= 15 && type <= 26) return finish(chain, S_OK, 0);
        // Zone requests (5.2.6.2), SCSI commands and everything unknown.
        return finish(chain, S_UNSUPP, 0);
    }
  }

  /** Whether a data part of `length` bytes is whole sectors that all exist. */
  function transferable(sector: number, length: number): boolean {
    return length % SECTOR_SIZE === 0 && length <= MOST_PER_REQUEST && disk.holds(sector, length / SECTOR_SIZE);
  }

  function write(chain: Chain, sector: number): Status {
    const length = chain.readableLength - HEADER_SIZE;
    if (readOnly && faults['blk-read-only-write-ok']) return S_OK;
    if (readOnly && !faults['blk-read-only-write-lands']) return S_IOERR;
    if (!transferable(sector, length)) return faults['blk-write-beyond-end-ok'] ? S_OK : S_IOERR;
    disk.write(sector, length, (size, done) => host.readFrom(chain, HEADER_SIZE + done, size));
    if (faults['blk-reset-loses-writes']) written.push({ sector, count: length / SECTOR_SIZE });
    return readOnly ? S_IOERR : S_OK;
  }

  /**
   * Discard, write zeroes and secure erase: all leave zeroes behind, which only write zeroes promises. Everything is
   * checked before anything changes, so that a refused request leaves the disk as it was. Without its feature accepted
   * a command is unsupported. Flags are judged before the read-only medium: 5.2.6.2 asks for UNSUPP by command,
   * while its IOERR is about write requests.
   */
  function clear(chain: Chain, feature: number, limits: SegmentLimits, knownFlags: number): Status {
    if (!host.hasFeature(feature)) return S_UNSUPP;
    const length = chain.readableLength - HEADER_SIZE;
    const count = length / SEGMENT_SIZE;
    if (length % SEGMENT_SIZE !== 0 || count === 0 || count > MOST_SEGMENTS_LOOKED_AT) return S_IOERR;
    const little = littleRequests();
    const segments = host.readFrom(chain, HEADER_SIZE, length);
    for (let at = 0; at < length; at += SEGMENT_SIZE) {
      const flags = readU32(segments, at + 12, little);
      if (faults['blk-segment-flags-ignored'] || (faults['blk-discard-unmap-accepted'] && flags === FLAG_UNMAP))
        continue;
      if ((flags & ~knownFlags) !== 0) return S_UNSUPP;
    }
    if (readOnly || count > limits.segments) return S_IOERR;
    for (let at = 0; at < length; at += SEGMENT_SIZE) {
      const sectors = readU32(segments, at + 8, little);
      if (sectors > limits.sectors || !disk.holds(readSector(segments, at, little), sectors)) return S_IOERR;
    }
    for (let at = 0; at < length; at += SEGMENT_SIZE) {
      const unmap = readU32(segments, at + 12, little) === FLAG_UNMAP;
      if (feature === F_WRITE_ZEROES && leavesData(unmap, faults)) continue;
      const asked = { sector: readSector(segments, at, little), count: readU32(segments, at + 8, little) };
      const deallocates = feature === F_DISCARD ? 'discard' : feature === F_WRITE_ZEROES && unmap ? 'unmap' : undefined;
      const { sector, count } = clearedRange(asked, deallocates, disk.capacity, faults);
      disk.zero(sector, count);
    }
    if (faults['blk-deallocation-changes-silently'] && feature === F_WRITE_ZEROES) toggleDeallocation(configBytes());
    return S_OK;
  }

  return {
    deviceId: DEVICE_ID,
    queueCount: 1,
    features: [
      F_SIZE_MAX,
      F_SEG_MAX,
      F_GEOMETRY,
      ...(readOnly ? [F_RO] : []),
      F_BLK_SIZE,
      ...(faults['blk-flush-not-offered'] || faults['blk-cache-mode-without-flush'] ? [] : [F_FLUSH]),
      F_TOPOLOGY,
      ...(faults['blk-flush-not-offered'] ? [] : [F_CONFIG_WCE]),
      F_DISCARD,
      F_WRITE_ZEROES,
      ...(offersLifetime(options.wearMetrics ?? false, faults) ? [F_LIFETIME] : []),
      F_SECURE_ERASE,
      ...(faults['blk-zoned-offered'] ? [F_ZONED] : []),
    ],
    configSize: BLOCK_CONFIG_SIZE,
    readConfig: (offset) => (offset === WRITEBACK_OFFSET ? cacheMode() : (configBytes()[offset] ?? 0)),
    writeConfig(offset, bytes) {
      if (faults['blk-cache-mode-not-taken'] && !legacy) return;
      const value = bytes[WRITEBACK_OFFSET - offset];
      // A legacy driver may write the field before any feature is settled (5.2.5.3).
      if ((value === 0 || value === 1) && (legacy || host.hasFeature(F_CONFIG_WCE))) chosenCacheMode = value;
    },
    process(queue) {
      for (let chain = host.take(queue); chain !== null; chain = host.take(queue)) {
        // Nowhere to put a status: no answer would be true, so the device gives up until it is reset (2.1.2).
        if (chain.writableLength < STATUS_SIZE) return host.needsReset();
        const request = chain;
        host.schedule(queue, () => execute(request));
      }
    },
    // CONFIG_WCE without FLUSH is foreseen (5.2.5.2); the other bits are independent.
    acceptsFeatures: () => true,
    started() {
      if (faults['blk-legacy-cache-mode-follows-status'] && legacy) chosenCacheMode = 0;
    },
    // Requests under way are the host's: it runs what was scheduled, or drops it when the device or the queue is reset.
    reset() {
      chosenCacheMode = null;
      for (const { sector, count } of written.splice(0)) disk.zero(sector, count);
    },
    queueReset: () => undefined,
    resizeDisk(sectors) {
      disk.resize(sectors);
      if (config !== null) refreshConfig(config);
      if (!faults['blk-resize-silent']) host.configChanged();
    },
  };
}

/**
 * Largest transfer. Descriptors that overlap can describe far more bytes than guest memory has, and a huge disk would
 * take them all.
 */
const MOST_PER_REQUEST = 64 << 20;

/** Flags are looked at in so many segments; a driver that sends more has broken every limit and gets IOERR unseen. */
const MOST_SEGMENTS_LOOKED_AT = 1024;

const STATUS_BYTES: Record<Status, Uint8Array> = {
  [S_OK]: Uint8Array.of(S_OK),
  [S_IOERR]: Uint8Array.of(S_IOERR),
  [S_UNSUPP]: Uint8Array.of(S_UNSUPP),
};

/** By hand, because a view of these few bytes would cost more than the rest of the request. */
function readU32(bytes: Uint8Array, at: number, little: boolean): number {
  return little
    ? (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0
    : (bytes[at + 3] | (bytes[at + 2] << 8) | (bytes[at + 1] << 16) | (bytes[at] << 24)) >>> 0;
}

/** A 64-bit sector number. Inexact beyond 2^53, where no disk reaches, and never rounded below that. */
function readSector(bytes: Uint8Array, at: number, little: boolean): number {
  const low = readU32(bytes, little ? at : at + 4, little);
  const high = readU32(bytes, little ? at + 4 : at, little);
  return high * 0x1_0000_0000 + low;
}

/** struct virtio_blk_lifetime (5.2.6): reserve normal, estimates 0 % to 10 % and 10 % to 20 % used. */
function lifetime(little: boolean): Uint8Array {
  const view = new DataView(new ArrayBuffer(LIFETIME_SIZE));
  view.setUint16(0, 1, little);
  view.setUint16(2, 1, little);
  view.setUint16(4, 2, little);
  return new Uint8Array(view.buffer);
}

/** 5.2.6: NUL-padded ASCII; a string of 20 characters has no NUL. */
function deviceIdString(serial: string, faults: DeviceFaults): Uint8Array {
  const bytes = new Uint8Array(ID_SIZE).fill(faults['blk-id-padded-with-blanks'] ? 0x20 : 0);
  for (let i = 0; i < Math.min(serial.length, ID_SIZE); i++) bytes[i] = serial.charCodeAt(i) & 0x7f;
  return bytes;
}
