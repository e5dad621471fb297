/** Which of the offered features the driver takes (2.2.1, 6.1, 6.3). */
import { Feature } from './bits.ts';
import type { Switches } from './switches.ts';

/** Windows of 32 bits that the driver looks at: no feature that it understands lies beyond. */
export const WINDOWS = 2;

const MODERN = [
  Feature.indirect,
  Feature.eventIdx,
  Feature.version1,
  Feature.accessPlatform,
  Feature.inOrder,
  Feature.orderPlatform,
  Feature.notifConfigData,
  Feature.ringReset,
  Feature.suspend,
] as const;
const LEGACY = [Feature.anyLayout, Feature.indirect, Feature.eventIdx] as const;

/** Features that have to be accepted, or should be: the scenario cannot decline them. */
const ACCEPTED_ALWAYS: readonly number[] = [
  Feature.version1,
  Feature.anyLayout,
  Feature.accessPlatform,
  Feature.orderPlatform,
  Feature.notifConfigData,
];

export function hasBit(words: readonly number[], bit: number): boolean {
  return (((words[bit >>> 5] ?? 0) >>> (bit & 31)) & 1) !== 0;
}

function wordsOf(bits: Iterable<number>): number[] {
  const words = Array<number>(WINDOWS).fill(0);
  for (const bit of bits) words[bit >>> 5] = (words[bit >>> 5] | (1 << (bit & 31))) >>> 0;
  return words;
}

/** Bits of all windows that are set. */
export function bitsOf(words: readonly number[]): number[] {
  return words.flatMap((_, w) => Array.from({ length: 32 }, (__, i) => 32 * w + i)).filter((bit) => hasBit(words, bit));
}

export interface Choice {
  readonly legacy: boolean;
  /** Bits of the device type that the driver understands. */
  readonly understood: readonly number[];
  /** Bits that it is told to do without. */
  readonly decline: readonly number[];
}

/** The windows to be written, from those that were read. */
export function choose(
  offer: readonly number[],
  { legacy, understood, decline }: Choice,
  switches: Switches,
): number[] {
  const known = [...(legacy ? LEGACY : MODERN), ...understood];
  const wanted = known.filter((bit) => hasBit(offer, bit) && (ACCEPTED_ALWAYS.includes(bit) || !decline.includes(bit)));
  const take = (fault: Parameters<Switches['fault']>[0], bit: number): void => {
    if (switches.fault(fault) && hasBit(offer, bit)) wanted.push(bit);
  };
  take('sr-iov-accepted', Feature.srIov);
  take('bit-30-accepted', Feature.unused);
  const leave = (fault: Parameters<Switches['fault']>[0], bit: number): void => {
    if (switches.fault(fault) && wanted.includes(bit)) wanted.splice(wanted.indexOf(bit), 1);
  };
  leave('access-platform-declined', Feature.accessPlatform);
  leave('order-platform-declined', Feature.orderPlatform);
  leave('notif-config-data-declined', Feature.notifConfigData);
  if (switches.fault('offer-taken-whole')) return [...offer];
  return wordsOf(wanted);
}
