/** Device types: what each promises, behind one seam. */
import type { Report } from '../report.ts';
import type { DeviceFacts, DeviceModel, InterruptSink } from '../seams.ts';
import type { JudgeSetup } from '../setup.ts';
import { BLK_FACTS } from './blk/facts.ts';
import { BlkModel } from './blk/model.ts';
import { CONSOLE_FACTS } from './console/facts.ts';
import { ConsoleModel } from './console/model.ts';
import { ENTROPY_FACTS, EntropyModel } from './entropy.ts';
import { createWireModel, wireFactsOf } from './wire/index.ts';

const FACTS = { blk: BLK_FACTS, console: CONSOLE_FACTS, rng: ENTROPY_FACTS };

/** Static facts of the device type that a judge is set up for. */
export function deviceFacts({ device, deviceId }: Pick<JudgeSetup, 'device' | 'deviceId'>): DeviceFacts {
  return device === 'other' ? wireFactsOf(deviceId ?? 0) : FACTS[device];
}

/** The model of the device type that a judge is set up for, as it is at power-on. */
export function createDeviceModel(setup: JudgeSetup, report: Report, interrupts: InterruptSink): DeviceModel {
  switch (setup.device) {
    case 'blk':
      return new BlkModel(setup, report, interrupts);
    case 'console':
      return new ConsoleModel(setup, report, interrupts);
    case 'rng':
      return new EntropyModel(report);
    case 'other':
      return createWireModel(setup, report);
  }
}
