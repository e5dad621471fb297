/** The values of options and arguments that are words, each read from where it is known. */
import { CLAUSES } from '../../models/clauses/catalogue.ts';
import { DEVICE_KINDS, TRANSPORTS } from '../../models/setup.ts';
import { REGRESSIONS } from '../../suites/regressions/index.ts';
import { QEMU_TARGETS } from '../../targets/qemu/qemu-target.ts';
import { hasConfig } from '../config/find.ts';
import { loadFaults } from '../strength.ts';
import type { Suggestion } from './suggestions.ts';

const words = (...names: readonly string[]): readonly Suggestion[] => names.map((name) => ({ name }));

/** Options whose values are numbers or free text: nothing to offer, and no path either. */
const FREE = new Set([
  'seed',
  'jobs',
  'timeout',
  'base',
  'listen',
  'variant',
  'time',
  'scenarios',
  'shard',
  'name',
  'patience',
]);

/** Names of options (as commander spells them) and of arguments. */
export async function valuesOf(name: string): Promise<readonly Suggestion[] | undefined> {
  if (FREE.has(name)) return [];
  switch (name) {
    case 'target':
    case 'against':
      return [
        ...(await namedTargets()),
        ...words('emulator', ...QEMU_TARGETS, 'qtest:unix:', 'qtest:tcp:', 'qtest:exec:', 'driver:'),
      ];
    case 'device':
      return words(...DEVICE_KINDS);
    case 'transport':
      return words(...TRANSPORTS);
    case 'effort':
      return words('quick', 'normal', 'thorough');
    case 'party':
      return words('device', 'driver', 'both');
    case 'state':
      return words('covered', 'waived', 'open');
    case 'byteOrder':
      return words('little', 'big');
    case 'api':
      return words('new', 'old');
    case 'area':
      return words(...new Set(CLAUSES.map((clause) => clause.area)));
    case 'only':
    case 'prefix':
      return words(...clausePrefixes());
    case 'fault':
      return (await loadFaults()).map((fault) => ({ name: fault.name, description: fault.clauses.join(', ') }));
    case 'report':
      return [{ name: 'all' }, ...REGRESSIONS.map(({ id, title }) => ({ name: id, description: title }))];
    case 'system':
      return words('linux');
    case 'model':
      return words('attach');
    case 'shell':
      return words('bash', 'zsh', 'fish');
    default:
      return undefined;
  }
}

async function namedTargets(): Promise<readonly Suggestion[]> {
  if (!hasConfig()) return [];
  const { loadConfig } = await import('../config/load.ts');
  const settings = await loadConfig(undefined);
  return Object.entries(settings?.config.targets ?? {}).map(([name, { target }]) => ({ name, description: target }));
}

/** Beginnings of clause ids at which a reader would stop: `split.`, `split.device.`. */
function clausePrefixes(): ReadonlySet<string> {
  const prefixes = new Set<string>();
  for (const { id } of CLAUSES) {
    const [area, party] = id.split('.');
    prefixes.add(`${area}.`).add(`${area}.${party}.`);
  }
  return prefixes;
}
