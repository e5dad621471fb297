/** A device type without a model: what holds for every type is judged, nothing of its own. */
import type { DeviceFacts, DeviceModel } from '../seams.ts';

/** Feature bits that belong to the device type (2.2): which of them a type defines is not known here. */
const TYPE_BITS: readonly (readonly [first: number, last: number])[] = [
  [0, 23],
  [50, 127],
];

/** The facts of a type of which only the number is known; 0: not even that. */
export function otherFacts(deviceId: number): DeviceFacts {
  const bits = TYPE_BITS.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, i) => first + i));
  return {
    deviceId,
    knownFeatures: bits,
    legacyFeatures: [],
    dependencies: [],
    configFields: [],
    opaqueConfig: true,
    queueCount: () => undefined,
  };
}

export class OtherModel implements DeviceModel {
  readonly facts: DeviceFacts;

  constructor(facts: DeviceFacts) {
    this.facts = facts;
  }

  reset(): void {}
  featuresFixed(): void {}
  driverOk(): void {}
  configField(): void {}
  configWritten(): void {}
  host(): void {}
  exposed(): void {}
  mustComplete(): boolean {
    return false;
  }
  completed(): void {}
  abandoned(): void {}
  settled(): void {}
  describe(): string {
    return '';
  }
}
