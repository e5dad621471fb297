/** The child drivers by the device that they attach to. */
import { DeviceId } from '../virtio/bits.ts';
import type { ChildConstructor } from './child.ts';
import { Ld } from './ld.ts';
import { Vio9p } from './vio9p.ts';
import { Viocon } from './viocon.ts';
import { Viogpu } from './viogpu.ts';
import { Vioif } from './vioif.ts';
import { Viomb } from './viomb.ts';
import { Viornd } from './viornd.ts';
import { Vioscsi } from './vioscsi.ts';

export const CHILD_NAMES = ['viocon', 'viornd', 'ld', 'vioscsi', 'vioif', 'viomb', 'vio9p', 'viogpu'] as const;
export type ChildName = (typeof CHILD_NAMES)[number];

interface Entry {
  readonly name: ChildName;
  readonly deviceId: number;
  readonly driver: ChildConstructor;
}

export const CHILDREN: readonly Entry[] = [
  { name: 'viocon', deviceId: DeviceId.console, driver: Viocon },
  { name: 'viornd', deviceId: DeviceId.entropy, driver: Viornd },
  { name: 'ld', deviceId: DeviceId.block, driver: Ld },
  { name: 'vioscsi', deviceId: DeviceId.scsi, driver: Vioscsi },
  { name: 'vioif', deviceId: DeviceId.net, driver: Vioif },
  { name: 'viomb', deviceId: DeviceId.balloon, driver: Viomb },
  { name: 'vio9p', deviceId: DeviceId.p9, driver: Vio9p },
  { name: 'viogpu', deviceId: DeviceId.gpu, driver: Viogpu },
];
