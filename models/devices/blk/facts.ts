/** Block device: what negotiation and configuration models need (5.2.2 to 5.2.4). */
import type { ConfigField, DeviceFacts } from '../../seams.ts';
import { DEVICE_IDS } from '../../setup.ts';
import { Feature } from './constants.ts';

/** Offset of `writeback`. */
export const WRITEBACK_OFFSET = 32;

const FIELDS: readonly ConfigField[] = [
  { name: 'capacity', offset: 0, width: 8 },
  { name: 'size_max', offset: 8, width: 4, feature: Feature.SIZE_MAX },
  { name: 'seg_max', offset: 12, width: 4, feature: Feature.SEG_MAX },
  { name: 'geometry.cylinders', offset: 16, width: 2, feature: Feature.GEOMETRY },
  { name: 'geometry.heads', offset: 18, width: 1, feature: Feature.GEOMETRY },
  { name: 'geometry.sectors', offset: 19, width: 1, feature: Feature.GEOMETRY },
  { name: 'blk_size', offset: 20, width: 4, feature: Feature.BLK_SIZE },
  { name: 'topology.physical_block_exp', offset: 24, width: 1, feature: Feature.TOPOLOGY },
  { name: 'topology.alignment_offset', offset: 25, width: 1, feature: Feature.TOPOLOGY },
  { name: 'topology.min_io_size', offset: 26, width: 2, feature: Feature.TOPOLOGY },
  { name: 'topology.opt_io_size', offset: 28, width: 4, feature: Feature.TOPOLOGY },
  { name: 'writeback', offset: WRITEBACK_OFFSET, width: 1, feature: Feature.CONFIG_WCE, writable: true },
  { name: 'unused0', offset: 33, width: 1, feature: Feature.CONFIG_WCE, zero: true },
  { name: 'num_queues', offset: 34, width: 2, feature: Feature.MQ },
  { name: 'max_discard_sectors', offset: 36, width: 4, feature: Feature.DISCARD },
  { name: 'max_discard_seg', offset: 40, width: 4, feature: Feature.DISCARD },
  { name: 'discard_sector_alignment', offset: 44, width: 4, feature: Feature.DISCARD },
  { name: 'max_write_zeroes_sectors', offset: 48, width: 4, feature: Feature.WRITE_ZEROES },
  { name: 'max_write_zeroes_seg', offset: 52, width: 4, feature: Feature.WRITE_ZEROES },
  // 5.2.6.2: may change during operation.
  { name: 'write_zeroes_may_unmap', offset: 56, width: 1, feature: Feature.WRITE_ZEROES, volatile: true },
  { name: 'unused1[0]', offset: 57, width: 1, feature: Feature.WRITE_ZEROES, zero: true },
  { name: 'unused1[1]', offset: 58, width: 1, feature: Feature.WRITE_ZEROES, zero: true },
  { name: 'unused1[2]', offset: 59, width: 1, feature: Feature.WRITE_ZEROES, zero: true },
  { name: 'max_secure_erase_sectors', offset: 60, width: 4, feature: Feature.SECURE_ERASE },
  { name: 'max_secure_erase_seg', offset: 64, width: 4, feature: Feature.SECURE_ERASE },
  { name: 'secure_erase_sector_alignment', offset: 68, width: 4, feature: Feature.SECURE_ERASE },
  // Zoned fields read as 0 once ZONED was declined, so a device may change them when the features are fixed.
  { name: 'zoned.zone_sectors', offset: 72, width: 4, feature: Feature.ZONED, volatile: true },
  { name: 'zoned.max_open_zones', offset: 76, width: 4, feature: Feature.ZONED, volatile: true },
  { name: 'zoned.max_active_zones', offset: 80, width: 4, feature: Feature.ZONED, volatile: true },
  { name: 'zoned.max_append_sectors', offset: 84, width: 4, feature: Feature.ZONED, volatile: true },
  { name: 'zoned.write_granularity', offset: 88, width: 4, feature: Feature.ZONED, volatile: true },
  { name: 'zoned.model', offset: 92, width: 1, feature: Feature.ZONED, volatile: true },
  { name: 'zoned.unused2[0]', offset: 93, width: 1, feature: Feature.ZONED, zero: true },
  { name: 'zoned.unused2[1]', offset: 94, width: 1, feature: Feature.ZONED, zero: true },
  { name: 'zoned.unused2[2]', offset: 95, width: 1, feature: Feature.ZONED, zero: true },
];

export const BLK_FACTS: DeviceFacts = {
  deviceId: DEVICE_IDS.blk,
  knownFeatures: [
    Feature.SIZE_MAX,
    Feature.SEG_MAX,
    Feature.GEOMETRY,
    Feature.RO,
    Feature.BLK_SIZE,
    Feature.FLUSH,
    Feature.TOPOLOGY,
    Feature.CONFIG_WCE,
    Feature.MQ,
    Feature.DISCARD,
    Feature.WRITE_ZEROES,
    Feature.LIFETIME,
    Feature.SECURE_ERASE,
    Feature.ZONED,
  ],
  legacyFeatures: [Feature.BARRIER, Feature.SCSI],
  // On the offer only: a driver may accept CONFIG_WCE alone, 5.2.5.2 says what the device does then.
  dependencies: [[Feature.CONFIG_WCE, Feature.FLUSH]],
  configFields: FIELDS,
  /** 5.2.2: one queue, or `num_queues` with MQ, which only the configuration tells. */
  queueCount: (offered) => (offered.has(Feature.MQ) ? undefined : 1),
  fewestQueues: 1,
};
