/** For tests: a model of a type's messages, and what it has noticed. */
import { Report } from '../../report.ts';
import type { DeviceModel } from '../../seams.ts';
import { endiannessMode, type Claims, type JudgeSetup } from '../../setup.ts';
import { createWireModel } from '../wire/index.ts';

export interface Bench {
  readonly model: DeviceModel;
  readonly report: Report;
  /** Clauses that the driver broke, and those that the device broke, since the last call. */
  broken(): readonly (string | undefined)[];
}

export function bench(deviceId: number, transport: JudgeSetup['transport'] = 'mmio-v2', claims: Claims = {}): Bench {
  const report = new Report();
  const model = createWireModel(
    {
      device: 'other',
      deviceId,
      transport,
      mode: endiannessMode('le', transport),
      memory: { base: 0, size: 0x1_0000 },
      observesDeviceStores: true,
      observesInterrupt: true,
      claims,
    },
    report,
  );
  return {
    model,
    report,
    broken() {
      const ids = [...report.driverFaults, ...report.violations].map(({ clause }) => clause);
      report.clearFindings();
      return ids;
    },
  };
}

export const le32 = (...words: readonly number[]): Uint8Array => new Uint8Array(Uint32Array.from(words).buffer);
export const bytes = (length: number, set: Readonly<Record<number, number>> = {}): Uint8Array => {
  const all = new Uint8Array(length);
  for (const [at, value] of Object.entries(set)) all[Number(at)] = value;
  return all;
};
