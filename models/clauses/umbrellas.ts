/**
 * Clauses that only say "the following clauses hold": they are exercised and broken through those they stand for.
 */
import { CLAUSES, clause, type ClauseId, type ClauseIndex } from './catalogue.ts';

const SUSPEND = [
  'init.device.device-suspend.8.a',
  'init.device.device-suspend.8.b',
  'init.device.device-suspend.8.c',
] as const;

/** Device clauses of the legacy interface that are requirements by themselves. */
const LEGACY = CLAUSES.filter(
  (row) =>
    row.legacy &&
    row.party === 'device' &&
    row.level.startsWith('MUST') &&
    !row.id.startsWith('basic.device.legacy-feature-bits'),
).map((row) => row.id);

/** Driver clauses of the legacy interface that are requirements by themselves. */
const LEGACY_DRIVER = CLAUSES.filter(
  (row) =>
    row.legacy &&
    row.party === 'driver' &&
    row.level.startsWith('MUST') &&
    !row.id.startsWith('basic.driver.legacy-feature-bits'),
).map((row) => row.id);

/** The eight stages of bring-up (3.1.1). */
const STAGES = [
  'init.driver.device-initialization.1.a',
  'init.driver.device-initialization.1.b',
  'init.driver.device-initialization.1.c',
  'init.driver.device-initialization.1.d',
  'init.driver.device-initialization.1.e',
  'init.driver.device-initialization.1.f',
  'init.driver.device-initialization.1.g',
  'init.driver.device-initialization.1.h',
] as const;

/** Those of them that the driver records by setting a status bit. */
const RECORDED = [
  'init.driver.device-initialization.1.b',
  'init.driver.device-initialization.1.c',
  'init.driver.device-initialization.1.e',
  'init.driver.device-initialization.1.h',
] as const;

const UMBRELLAS: readonly (readonly [ClauseId, readonly ClauseId[]])[] = [
  ['init.device.device-suspend.8', SUSPEND],
  ['basic.device.legacy-feature-bits.3', LEGACY],
  ['basic.driver.legacy-feature-bits.3', LEGACY_DRIVER],
  ['init.driver.device-initialization.1', STAGES],
  ['mmio.driver.device-initialization.6', STAGES],
  ['basic.driver.device-status-field.1', RECORDED],
  ['untagged.basic.4', ['basic.device.device-status-field.3']],
  [
    'blk.device.legacy-device-initialization.1',
    ['blk.device.legacy-device-initialization.2', 'blk.device.legacy-device-initialization.3'],
  ],
];

const PARENTS: ClauseIndex[][] = CLAUSES.map(() => []);
for (const [parent, children] of UMBRELLAS) for (const child of children) PARENTS[clause(child)].push(clause(parent));

/** The umbrella clauses over a clause (usually none). */
export function umbrellasOf(index: ClauseIndex): readonly ClauseIndex[] {
  return PARENTS[index];
}
