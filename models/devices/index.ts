/** Device types: what each promises, behind one seam. */
import type { Report } from '../report.ts';
import type { DeviceFacts, DeviceModel, InterruptSink } from '../seams.ts';
import type { DeviceKind, JudgeSetup } from '../setup.ts';
import { BLK_FACTS } from './blk/facts.ts';
import { BlkModel } from './blk/model.ts';
import { CONSOLE_FACTS } from './console/facts.ts';
import { ConsoleModel } from './console/model.ts';
import { ENTROPY_FACTS, EntropyModel } from './entropy.ts';

const FACTS: Record<DeviceKind, DeviceFacts> = { blk: BLK_FACTS, console: CONSOLE_FACTS, rng: ENTROPY_FACTS };

/** Static facts of a device type. */
export function deviceFacts(kind: DeviceKind): DeviceFacts {
  return FACTS[kind];
}

/** The model of a device type, as it is at power-on. */
export function createDeviceModel(
  kind: DeviceKind,
  setup: JudgeSetup,
  report: Report,
  interrupts: InterruptSink,
): DeviceModel {
  switch (kind) {
    case 'blk':
      return new BlkModel(setup, report, interrupts);
    case 'console':
      return new ConsoleModel(setup, report, interrupts);
    case 'rng':
      return new EntropyModel(report);
  }
}
