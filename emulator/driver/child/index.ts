/** The child drivers by the device that they attach to. */
import { DeviceId } from '../virtio/bits.ts';
import type { ChildConstructor } from './child.ts';
import { Viocon } from './viocon.ts';

export const CHILD_NAMES = ['viocon'] as const;
export type ChildName = (typeof CHILD_NAMES)[number];

export const CHILDREN: readonly { readonly name: ChildName; readonly deviceId: number; readonly driver: ChildConstructor }[] = [
  { name: 'viocon', deviceId: DeviceId.console, driver: Viocon },
];
