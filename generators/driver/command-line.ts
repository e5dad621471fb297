/**
 * Command lines with entries for virtio_mmio devices: drawn along the grammar of virtio_mmio_cmdline.c,
 * `virtio_mmio.device=<size>[EPTGMK]@<base>:<irq>[:<id>]`, and away from it by one part of an entry at a time.
 */
import fc from 'fast-check';
import type { Action, DriverScenario } from './scenario.ts';

export interface CommandLineMachine {
  readonly child: 'viornd';
  readonly transport: 'mmio-v2';
  readonly host: 'le';
  readonly diagnostic: boolean;
  readonly device: Readonly<Record<string, never>>;
  readonly commandLine: string;
}

const KEYWORD = 'virtio_mmio.device=';
/** Characters that a kernel keeps of its command line (LINE_MAX less the end). */
const LONGEST_LINE = 2047;
/**
 * Lengths of long lines: what is kept just so; one that ends where a keyword that is looked for behind it would be past the
 * buffer; and longer ones, whose last entry is cut by one character or by two, or is not there.
 */
const LONG_LINES = [
  LONGEST_LINE,
  LONGEST_LINE + 1 - KEYWORD.length,
  LONGEST_LINE + 1,
  LONGEST_LINE + 2,
  LONGEST_LINE + KEYWORD.length,
];
const MOST_ENTRIES = 4;
/** Bases a page apart, so that windows touch, overlap or stay clear of each other. */
const PAGE = 0x1000;
const FIRST_BASE = 0xfeb0_0000;
const BASES = 12;

/** Numbers that strtoull takes, and what it makes 0 or all ones of; signs and blanks that it would take, and the grammar does not. */
const ODD_NUMBERS = [
  ...['', '0', '00', '0x', '0x0', '0X', 'x10', 'K', '08', '09', '-1', '+512', ' 512', '-', '+'],
  ...[
    '0xffffffffffffffff',
    '18446744073709551615',
    '0x10000000000000000',
    '18446744073709551614',
    '01777777777777777777777',
    // What strtoull makes 1 of.
    '-0xffffffffffffffff',
  ],
];
const SUFFIXES = ['', 'K', 'k', 'M', 'm', 'G', 'g', 'T', 't', 'P', 'p', 'E', 'e'];
const ODD_SUFFIXES = ['X', 'KK', 'kB', 'D', ' '];
const SIZES = [512, 0x200, 1, 4096, 7, 0x1000];
const IRQS = [1, 11, 12, 23, 24, 33, 255, 0x7fff_ffff, 0x8000_0000];
const IDS = ['', ':1', ':0x2', ':07'];
const ODD_IDS = [':', ':0', ':x', ':1:2', ':0xffffffffffffffff'];
const OTHERS = [
  'root=ld0a',
  'xvirtio_mmio.device=1K@2:3',
  'virtio_mmio.device',
  'virtio_mmio.devices=1@2:3',
  '',
  '=512@1:2',
];

const among = <T>(values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);

/** In decimal, hexadecimal or octal. */
const written = (value: number | bigint): fc.Arbitrary<string> =>
  among([`${value}`, `0x${value.toString(16)}`, `0X${value.toString(16).toUpperCase()}`, `0${value.toString(8)}`]);

interface Entry {
  readonly size: string;
  readonly suffix: string;
  readonly at: string;
  readonly base: string;
  readonly colon: string;
  readonly irq: string;
  readonly id: string;
  readonly end: string;
}

const textOf = ({ size, suffix, at, base, colon, irq, id, end }: Entry): string =>
  `${KEYWORD}${size}${suffix}${at}${base}${colon}${irq}${id}${end}`;

function entries(): fc.Arbitrary<string> {
  const base = fc.nat(BASES).chain((page) => written(FIRST_BASE + PAGE * page));
  const good = fc.record<Entry>({
    size: among(SIZES).chain(written),
    suffix: fc.oneof({ weight: 2, arbitrary: fc.constant('') }, { weight: 1, arbitrary: among(SUFFIXES) }),
    at: fc.constant('@'),
    base: fc.oneof(
      { weight: 6, arbitrary: base },
      // The last windows that there are.
      { weight: 1, arbitrary: among(['0xfffffffffffffe00', '0xfffffffffffff000', '0xfffffffffffffffe', '1']) },
    ),
    colon: fc.constant(':'),
    irq: among(IRQS).chain(written),
    id: among(IDS),
    end: fc.constant(''),
  });
  const odd = fc.oneof(
    among(ODD_NUMBERS).map((size): Partial<Entry> => ({ size })),
    among(ODD_NUMBERS).map((text): Partial<Entry> => ({ base: text })),
    among([...ODD_NUMBERS, '4294967296', '4294967295', '010000000000']).map((irq): Partial<Entry> => ({ irq })),
    among(ODD_SUFFIXES).map((suffix): Partial<Entry> => ({ suffix })),
    // Sizes that a suffix takes beyond 64 bits, and up to them.
    among(['16E', '15E', '0x4000000P', '16383P', '17179869184G', '0x3ffffffffG'] as const).map(
      (size): Partial<Entry> => ({ size, suffix: '' }),
    ),
    among(['', ':', '@@', ' @', '#']).map((at): Partial<Entry> => ({ at })),
    among(['', '@', '::', ' :', ';']).map((colon): Partial<Entry> => ({ colon })),
    among(ODD_IDS).map((id): Partial<Entry> => ({ id })),
    among(['x', ',', '\t', '@']).map((end): Partial<Entry> => ({ end })),
  );
  return fc.oneof(
    { weight: 5, arbitrary: good.map(textOf) },
    { weight: 5, arbitrary: fc.tuple(good, odd).map(([entry, part]) => textOf({ ...entry, ...part })) },
    { weight: 1, arbitrary: fc.constant(KEYWORD) },
    { weight: 2, arbitrary: among(OTHERS) },
  );
}

/** Lines of which some are as long as what a kernel keeps, or longer. */
export function commandLines(): fc.Arbitrary<string> {
  return fc
    .tuple(
      fc.array(entries(), { minLength: 1, maxLength: MOST_ENTRIES }),
      among(['', '', ' ']),
      among(['', '', ' ', ' -v']),
      fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: among(LONG_LINES) }),
    )
    .map(([parts, first, last, length]) => `${first}${parts.join(' ')}${last}`.padStart(length, 'x=1 '));
}

/** A kernel boots with it, and looks for devices once more, or twice. */
export function commandLineScenarios(): fc.Arbitrary<DriverScenario<CommandLineMachine>> {
  return fc.tuple(commandLines(), fc.nat(2), fc.boolean()).map(([commandLine, again, diagnostic]) => ({
    machine: { child: 'viornd', transport: 'mmio-v2', host: 'le', diagnostic, device: {}, commandLine },
    actions: [{ do: 'attach' } as Action, ...Array.from({ length: again }, (): Action => ({ do: 'rescan' }))],
  }));
}
