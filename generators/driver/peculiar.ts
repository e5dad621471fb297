/**
 * What sets one disk or console apart from others of its kind, laid over machines that are drawn already: drawn behind all
 * else, so that a seed's scenarios are otherwise what they were.
 */
import fc from 'fast-check';
import type { DriverScenario } from './scenario.ts';

/** What this changes of a device; `Machine['device']` has more. */
interface PeculiarDevice {
  readonly queueSize?: number;
  readonly withhold?: readonly number[];
  readonly segMax?: number;
  readonly sizeMax?: number;
  readonly readOnly?: boolean;
  readonly serial?: string;
  readonly laterQueueSize?: number;
  readonly faults?: readonly string[];
}

/** Feature bits of a block device: RO, BLK_SIZE, FLUSH. */
const F_RO = 5;
const F_BLK_SIZE = 6;
const F_FLUSH = 9;
/** Offered with FLUSH only (5.2.3.1). */
const F_CONFIG_WCE = 11;
/** Identifications of no, one, more than eight and all 20 bytes. */
const SERIALS = ['', 'x', 'a-serial-number', 'of-twenty-characters'] as const;
/** Limits that leave a shorter segment at the end of a transfer, or let a single sector through. */
const LIMITS: readonly Pick<PeculiarDevice, 'segMax' | 'sizeMax'>[] = [
  { segMax: 4, sizeMax: 5120 },
  { segMax: 2, sizeMax: 3072 },
  { segMax: 1, sizeMax: 512 },
  { segMax: 2, sizeMax: 65536 },
];
/** A disk that cannot be written and says so, one that does not, and one that cannot flush. */
const UNWILLING: readonly PeculiarDevice[] = [
  { readOnly: true },
  { readOnly: true, withhold: [F_RO] },
  { faults: ['blk-flush-unsupported'] },
];

const among = <T>(values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);

/** Of every child, as it is not known yet which one it will be. */
const PECULIAR: Readonly<Record<string, fc.Arbitrary<PeculiarDevice>>> = {
  ld: fc.oneof(
    among(SERIALS).map((serial) => ({ serial })),
    among([[F_BLK_SIZE], [F_FLUSH, F_CONFIG_WCE], [F_BLK_SIZE, F_FLUSH, F_CONFIG_WCE]]).map((withhold) => ({
      withhold,
    })),
    among(LIMITS),
    among(UNWILLING),
  ),
  // A queue for output that is smaller than the one for input.
  viocon: among([1, 2, 4]).map((laterQueueSize) => ({ laterQueueSize })),
};

/** As often as not nothing out of the ordinary. */
export function withPeculiarities<Machine extends { readonly child: string; readonly device: PeculiarDevice }>(
  scenarios: fc.Arbitrary<DriverScenario<Machine>>,
): fc.Arbitrary<DriverScenario<Machine>> {
  const peculiar = fc.oneof({ withCrossShrink: true }, fc.constant({}), fc.record(PECULIAR));
  return fc.tuple(scenarios, peculiar).map(([scenario, devices]) => {
    const { machine } = scenario;
    const device = (devices as Readonly<Record<string, PeculiarDevice>>)[machine.child];
    return device === undefined
      ? scenario
      : { ...scenario, machine: { ...machine, device: over(machine.device, device) } };
  });
}

/** Lists are added to; everything else takes the place of what was there. */
function over(device: PeculiarDevice, { withhold = [], faults = [], ...rest }: PeculiarDevice): PeculiarDevice {
  const withheld = [...new Set([...(device.withhold ?? []), ...withhold])];
  const all = [...(device.faults ?? []), ...faults];
  return {
    ...device,
    ...rest,
    ...(withheld.length > 0 ? { withhold: withheld } : {}),
    ...(all.length > 0 ? { faults: all } : {}),
  };
}
