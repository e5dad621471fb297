/** What makes devices of one type different: addresses, tags, sizes, and how often they fail. */
import fc from 'fast-check';

/** Options of the emulated device (emulator/device/options.ts). */
export interface Variety {
  readonly mountTag?: string;
  readonly mac?: readonly number[];
  readonly balloonPages?: number;
  readonly cmdPerLun?: number;
  readonly failEvery?: number;
  readonly scsiTarget?: number;
  readonly display?: { readonly width?: number; readonly height?: number; readonly enabled?: boolean };
}

/** Tags of no, one, a few, as many as vio9p keeps, and more letters. */
const TAGS = ['share', 'x', '', 'a-tag-of-thirty-one-letters-abc', 'a-tag-that-is-longer-than-a-driver-wants'];
const ADDRESSES = [
  [0x52, 0x54, 0x00, 0x12, 0x34, 0x56],
  [0x00, 0x0b, 0xad, 0xca, 0xfe, 0x01],
];
/** Displays of an odd shape, of the largest that the driver here takes and of more, of none, and one that is off. */
const DISPLAYS = [
  { width: 40, height: 25 },
  { width: 128, height: 128 },
  { width: 129, height: 128 },
  { width: 0 },
  { enabled: false },
];

const VARIETIES: Readonly<Record<string, fc.Arbitrary<Variety>>> = {
  vio9p: fc.constantFrom(...TAGS).map((mountTag) => ({ mountTag })),
  vioif: fc.constantFrom(...ADDRESSES).map((mac) => ({ mac })),
  viomb: fc.constantFrom(1, 0x0102_0304).map((balloonPages) => ({ balloonPages })),
  vioscsi: fc.record({ cmdPerLun: fc.constantFrom(128, 1, 3) }, { requiredKeys: [] }).chain((limits) =>
    // The last one: there is no target 0, which is all that the driver here asks.
    fc
      .constantFrom<Variety>({}, { failEvery: 1 }, { failEvery: 2 }, { scsiTarget: 1 })
      .map((failing) => ({ ...limits, ...failing })),
  ),
  viogpu: fc.constantFrom(...DISPLAYS).map((display) => ({ display })),
};

/** Of every child, as it is not known yet which one it will be: as often as not nothing out of the ordinary. */
export function varieties(): fc.Arbitrary<Readonly<Record<string, Variety>>> {
  return fc.oneof({ withCrossShrink: true }, fc.constant({}), fc.record(VARIETIES));
}
