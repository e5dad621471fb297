/** The scenarios that driver stacks are judged by, and how a profile is named. */
import { driverScenarios } from '../../generators/driver/arbitrary.ts';
import { withPeculiarities } from '../../generators/driver/peculiar.ts';
import type { DriverTransport } from '../../models/attach/setup.ts';
import { HOST_NAMES } from '../../targets/driver-stack/byte-orders.ts';
import type { JudgedDevice } from '../result.ts';
import { CHILD_NAMES, type ChildName } from '../../targets/driver-stack/machine.ts';

export const DRIVER_TRANSPORTS: readonly DriverTransport[] = ['mmio-v2', 'mmio-v1', 'pci-1.0', 'pci-0.9'];

/** What each child driver drives. */
export const DRIVER_DEVICES: Readonly<Record<ChildName, JudgedDevice>> = {
  viocon: 'console',
  viornd: 'rng',
  ld: 'blk',
  vioscsi: 'scsi',
  vioif: 'net',
  viomb: 'balloon',
  vio9p: '9p',
  viogpu: 'gpu',
};

/** Mostly small: what goes wrong with queues goes wrong with small ones, and those are quick. Enough for any request's parts. */
const QUEUE_SIZES = [8, 4, 16, 8, 4, 32, 8, 4, 128, 16, 8, 512] as const;

/** Conforming use of drivers on machines of every kind. */
export function conformingUse(
  children: readonly ChildName[] = CHILD_NAMES,
  transports: readonly DriverTransport[] = DRIVER_TRANSPORTS,
) {
  return withPeculiarities(driverScenarios({ children, transports, hosts: HOST_NAMES, queueSizes: QUEUE_SIZES }));
}
