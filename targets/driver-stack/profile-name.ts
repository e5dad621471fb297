/** Names of driver stacks that can be judged: `driver:CHILD@REVISION`, or a file that describes one. */
import { readFileSync } from 'node:fs';
import { compareRevisions, HEAD, type Revisions, type SourceFile } from '../../emulator/driver/profile.ts';
import { allDriverFaults } from '../../emulator/faults/driver-catalogue.ts';
import { TargetUnavailable } from '../target.ts';
import { REFERENCE_NAMES } from '../reference-driver/name.ts';
import { HAZARDS } from './hazards.ts';
import { CHILD_NAMES, type ChildName, type ProfileSpec } from './machine.ts';

export const DRIVER_PREFIX = 'driver:';

export interface DriverProfile {
  readonly child: ChildName;
  readonly profile: ProfileSpec;
}

/** A name that nothing goes by; `word` is what was not understood, `known` what could have stood there. */
export class UnknownProfile extends TargetUnavailable {
  readonly word: string;
  readonly known: readonly string[];

  constructor(message: string, word: string, known: readonly string[]) {
    super(message);
    this.word = word;
    this.known = known;
  }
}

/** The source file of each child driver. */
const FILES: Readonly<Record<ChildName, SourceFile>> = {
  viocon: 'viocon.c',
  viornd: 'viornd.c',
  ld: 'ld_virtio.c',
  vioscsi: 'vioscsi.c',
  vioif: 'if_vioif.c',
  viomb: 'viomb.c',
  vio9p: 'vio9p.c',
  viogpu: 'viogpu.c',
};

const NEWEST = 'HEAD';
/** Every known hazard repaired. */
const REPAIRED = 'mended';
const REVISION = /^\d+(\.\d+)+$/;
/** `virtio.c-1.66`, `virtio.c=1.66` or `virtio.c 1.66`. */
const FILE_REVISION = /^([a-z0-9_]+\.[a-z]+)[-= ](.+)$/;

/** Revisions at which the behaviour of a file changed, as `driver:CHILD@FILE-REVISION` takes them. */
export const PRESETS: readonly string[] = [
  ...revisionsOf('virtio.c', '1.54 1.66 1.69 1.72 1.73 1.74 1.75 1.76 1.78 1.79 1.82'),
  ...revisionsOf('virtio_mmio.c', '1.1 1.3 1.5 1.7 1.9 1.10 1.11 1.12 1.13 1.14 1.15'),
  ...revisionsOf('virtio_pci.c', '1.38 1.40 1.46 1.48 1.54'),
  ...revisionsOf('viocon.c', '1.1 1.3 1.4 1.7 1.9 1.10'),
  ...revisionsOf('ld_virtio.c', '1.31 1.32 1.34 1.35 1.43'),
  ...revisionsOf('vioscsi.c', '1.8 1.29 1.35'),
];

function revisionsOf(file: SourceFile, revisions: string): readonly string[] {
  return revisions.split(' ').map((revision) => `${file}-${revision}`);
}

/**
 * `driver:viocon@1.9` is viocon.c 1.9 on the newest core; `@HEAD` the newest of everything, `@mended` that without its known
 * hazards; `@virtio.c-1.54,viocon.c-1.3` names files, each at that revision and everything else at the newest.
 * `driver:viocon@FILE.json` and `driver:FILE.json` read `{child, name, revisions, switches}`, in the first form without the
 * child if one likes. Throws TargetUnavailable for what cannot be meant, UnknownProfile where a word is not known.
 */
export function parseDriverProfile(spec: string, faults: readonly string[] = []): DriverProfile {
  const name = spec.slice(DRIVER_PREFIX.length);
  const { child, profile } = parse(name);
  return { child, profile: { ...profile, switches: [...(profile.switches ?? []), ...faults] } };
}

function parse(name: string): DriverProfile {
  if (!name.endsWith('.json')) return fromName(name);
  const at = /^([a-z0-9]+)@(.+)$/.exec(name);
  return at === null ? fromFile(name) : fromFile(at[2], knownChild(at[1]));
}

function fromName(name: string): DriverProfile {
  const [child, revision = NEWEST, ...rest] = name.split('@');
  if (rest.length > 0) throw new TargetUnavailable(`driver:${name} has more than one @`);
  const known = knownChild(child);
  const label = `${DRIVER_PREFIX}${known}@${revision}`;
  if (revision === NEWEST) return { child: known, profile: { name: label } };
  if (revision === REPAIRED)
    return { child: known, profile: { name: label, switches: HAZARDS.map(({ repair }) => repair) } };
  const revisions: Partial<Record<SourceFile, string>> = {};
  for (const part of revision.split(',')) {
    const [, file, number] = FILE_REVISION.exec(part.trim()) ?? [undefined, FILES[known], part];
    setRevision(revisions, file, number);
  }
  return { child: known, profile: { name: label, revisions } };
}

function knownChild(child: string): ChildName {
  const known = CHILD_NAMES.find((candidate) => candidate === child);
  if (known === undefined && FILE_REVISION.test(child)) {
    // A file and its revision, without the child that is to be judged on it.
    const preset = child.replace(FILE_REVISION, '$1-$2');
    throw new UnknownProfile(
      `'${child}' does not say which child driver: one of ${CHILD_NAMES.join(', ')}, as in driver:viocon@${preset}`,
      child,
      [],
    );
  }
  if (known === undefined) {
    throw new UnknownProfile(
      `there is no child driver ${child}; there are ${CHILD_NAMES.join(', ')} and ${REFERENCE_NAMES.join(', ')}`,
      child,
      [...CHILD_NAMES, ...REFERENCE_NAMES],
    );
  }
  return known;
}

function setRevision(revisions: Partial<Record<SourceFile, string>>, file: string, number: string): void {
  if (!Object.hasOwn(HEAD, file)) {
    const files = Object.keys(HEAD);
    throw new UnknownProfile(`there is no source file ${file}; there are ${files.join(', ')}`, file, files);
  }
  if (!REVISION.test(number)) {
    throw new UnknownProfile(`'${number}' is no revision of ${file}: it looks like 1.9, or is HEAD or mended`, number, [
      NEWEST,
      REPAIRED,
      ...PRESETS,
    ]);
  }
  const newest = HEAD[file as SourceFile];
  if (compareRevisions(number, newest) > 0) {
    const known = PRESETS.filter((preset) => preset.startsWith(`${file}-`));
    throw new UnknownProfile(
      `the newest ${file} that is known is ${newest}, not ${number}`,
      `${file}-${number}`,
      known,
    );
  }
  revisions[file as SourceFile] = number;
}

/** `of`: the child driver, where the name says it. */
function fromFile(path: string, of?: ChildName): DriverProfile {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new TargetUnavailable(`${path} cannot be read as a profile: ${(error as Error).message}`);
  }
  const { child, name } = (parsed ?? {}) as Record<string, unknown>;
  if (typeof child !== 'string' && (of === undefined || child !== undefined)) {
    throw new TargetUnavailable(`${path}: ${SHAPE}`);
  }
  if (of !== undefined && child !== undefined && child !== of) {
    throw new TargetUnavailable(`${path} is a profile of ${String(child)}, not of ${of}`);
  }
  const profile = checkProfile(path, parsed);
  return {
    child: of ?? knownChild(child as string),
    profile: { name: typeof name === 'string' ? name : `${DRIVER_PREFIX}${path}`, ...profile },
  };
}

const SHAPE = 'a profile is {child, name, revisions: {FILE: REVISION}, switches: [NAME]}';

/** Revisions and switches as a file has them. Throws TargetUnavailable for what cannot be meant. */
export function checkProfile(path: string, value: unknown): Required<Omit<ProfileSpec, 'name'>> {
  const { revisions = {}, switches = [] } = (value ?? {}) as Record<string, unknown>;
  if (typeof revisions !== 'object' || revisions === null || !Array.isArray(switches)) {
    throw new TargetUnavailable(`${path}: ${SHAPE}`);
  }
  const checked: Partial<Revisions> = {};
  for (const [file, number] of Object.entries(revisions)) setRevision(checked, file, String(number));
  for (const entry of switches as unknown[]) checkSwitch(path, entry);
  return { revisions: checked, switches: switches as string[] };
}

function checkSwitch(path: string, name: unknown): void {
  const known = [...allDriverFaults, ...HAZARDS.map(({ repair }) => ({ name: repair }))];
  if (!known.some((one) => one.name === name)) {
    const names = known.map((one) => one.name);
    throw new UnknownProfile(`${path}: there is no switch '${String(name)}'`, String(name), names);
  }
}
