/**
 * The block device's configuration space (5.2.4) up to and with the secure-erase fields. The zoned fields behind them
 * do not exist here: VIRTIO_BLK_F_ZONED is never offered, and bytes beyond `configSize` read as zero anyway.
 */
import type { Endian } from './types.ts';

export const BLOCK_CONFIG_SIZE = 72;

/** Offset of the one field that a driver may write. */
export const WRITEBACK_OFFSET = 32;

/** Limits of the requests that carry segments (5.2.4). All differ, so that a mix-up of fields shows. */
export interface SegmentLimits {
  readonly segments: number;
  /** Most sectors of one segment. */
  readonly sectors: number;
}
export const DISCARD_LIMITS: SegmentLimits = { segments: 8, sectors: 96 };
export const WRITE_ZEROES_LIMITS: SegmentLimits = { segments: 6, sectors: 80 };
export const SECURE_ERASE_LIMITS: SegmentLimits = { segments: 4, sectors: 64 };

const LARGEST_SEGMENT = 1 << 20;

/**
 * Writes every field but `writeback` into `config`. Padding (`unused0`, `unused1`) stays 0 (5.2.5.2), and so do
 * `num_queues`, which exists only with MQ, and `write_zeroes_may_unmap`: zeroing gives no storage back here
 * (5.2.6.2).
 */
export function fillBlockConfig(config: DataView, capacity: number, queueSizeMax: number, endian: Endian): void {
  const little = endian === 'little';
  const low = capacity % 0x1_0000_0000;
  const high = Math.floor(capacity / 0x1_0000_0000);
  config.setUint32(0, little ? low : high, little);
  config.setUint32(4, little ? high : low, little);
  config.setUint32(8, LARGEST_SEGMENT, little);
  // Header and status take a descriptor each; with those a request of seg_max segments still fits the queue.
  config.setUint32(12, Math.max(1, Math.min(254, queueSizeMax - 2)), little);
  const [heads, sectorsPerTrack] = capacity >= 128 ? [4, 32] : [1, 1];
  config.setUint16(16, Math.min(0xffff, Math.floor(capacity / (heads * sectorsPerTrack))), little);
  config.setUint8(18, heads);
  config.setUint8(19, sectorsPerTrack);
  config.setUint32(20, 512, little); // blk_size
  config.setUint8(24, 3); // physical_block_exp: 4096-byte physical blocks
  config.setUint8(25, 0); // alignment_offset
  config.setUint16(26, 8, little); // min_io_size
  config.setUint32(28, 64, little); // opt_io_size
  config.setUint32(36, DISCARD_LIMITS.sectors, little);
  config.setUint32(40, DISCARD_LIMITS.segments, little);
  config.setUint32(44, 1, little); // discard_sector_alignment
  config.setUint32(48, WRITE_ZEROES_LIMITS.sectors, little);
  config.setUint32(52, WRITE_ZEROES_LIMITS.segments, little);
  config.setUint32(60, SECURE_ERASE_LIMITS.sectors, little);
  config.setUint32(64, SECURE_ERASE_LIMITS.segments, little);
  config.setUint32(68, 1, little); // secure_erase_sector_alignment
}

/** Limits that were asked for instead of the usual ones: `size_max` in bytes, `seg_max` in data segments. */
export function limitBlockSegments(
  config: DataView,
  limits: { readonly segMax?: number; readonly sizeMax?: number },
  endian: Endian,
): void {
  const little = endian === 'little';
  if (limits.sizeMax !== undefined) config.setUint32(8, limits.sizeMax, little);
  if (limits.segMax !== undefined) config.setUint32(12, limits.segMax, little);
}
