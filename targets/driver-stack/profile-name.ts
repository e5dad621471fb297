/** Names of driver stacks that can be judged: `driver:CHILD@REVISION`, or a file that describes one. */
import { readFileSync } from 'node:fs';
import { HEAD, type Revisions, type SourceFile } from '../../emulator/driver/profile.ts';
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

/**
 * `driver:viocon@1.9` is viocon.c 1.9 on the newest core; `@HEAD` the newest of everything, `@mended` that without its known
 * hazards; `@virtio.c=1.54,viocon.c=1.3` names files. `driver:FILE.json` reads `{child, name, revisions, switches}`.
 * Throws TargetUnavailable for what cannot be meant.
 */
export function parseDriverProfile(spec: string, faults: readonly string[] = []): DriverProfile {
  const name = spec.slice(DRIVER_PREFIX.length);
  const { child, profile } = name.endsWith('.json') ? fromFile(name) : fromName(name);
  return { child, profile: { ...profile, switches: [...(profile.switches ?? []), ...faults] } };
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
    const [file, number] = part.includes('=') ? part.split('=') : [FILES[known], part];
    setRevision(revisions, file, number);
  }
  return { child: known, profile: { name: label, revisions } };
}

function knownChild(child: string): ChildName {
  const known = CHILD_NAMES.find((candidate) => candidate === child);
  if (known === undefined) {
    throw new TargetUnavailable(
      `there is no child driver ${child}; there are ${CHILD_NAMES.join(', ')} and ${REFERENCE_NAMES.join(', ')}`,
    );
  }
  return known;
}

function setRevision(revisions: Partial<Record<SourceFile, string>>, file: string, number: string): void {
  if (!Object.hasOwn(HEAD, file)) {
    throw new TargetUnavailable(`there is no source file ${file}; there are ${Object.keys(HEAD).join(', ')}`);
  }
  if (!REVISION.test(number)) {
    throw new TargetUnavailable(`'${number}' is no revision of ${file}: it looks like 1.9, or is HEAD or mended`);
  }
  revisions[file as SourceFile] = number;
}

function fromFile(path: string): DriverProfile {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new TargetUnavailable(`${path} cannot be read as a profile: ${(error as Error).message}`);
  }
  const { child, name, revisions = {}, switches = [] } = (parsed ?? {}) as Record<string, unknown>;
  if (typeof child !== 'string' || typeof revisions !== 'object' || revisions === null || !Array.isArray(switches)) {
    throw new TargetUnavailable(`${path}: a profile is {child, name, revisions: {FILE: REVISION}, switches: [NAME]}`);
  }
  const checked: Partial<Revisions> = {};
  for (const [file, number] of Object.entries(revisions)) setRevision(checked, file, String(number));
  for (const entry of switches as unknown[]) checkSwitch(path, entry);
  const known = knownChild(child);
  return {
    child: known,
    profile: { name: typeof name === 'string' ? name : `${DRIVER_PREFIX}${path}`, revisions: checked, switches },
  };
}

function checkSwitch(path: string, name: unknown): void {
  const known = [...allDriverFaults, ...HAZARDS.map(({ repair }) => ({ name: repair }))];
  if (!known.some((one) => one.name === name)) {
    throw new TargetUnavailable(`${path}: there is no switch '${String(name)}' (see virtcheck faults)`);
  }
}
