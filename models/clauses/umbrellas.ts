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

const UMBRELLAS: readonly (readonly [ClauseId, readonly ClauseId[]])[] = [
  ['init.device.device-suspend.8', SUSPEND],
  ['basic.device.legacy-feature-bits.3', LEGACY],
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
