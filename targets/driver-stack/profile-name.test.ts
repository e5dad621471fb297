import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { TargetUnavailable } from '../target.ts';
import { MENDED } from './hazards.ts';
import { parseDriverProfile, PRESETS } from './profile-name.ts';

const folder = mkdtempSync(join(tmpdir(), 'virtcheck-'));
afterAll(() => rmSync(folder, { recursive: true }));

const file = (content: string): string => {
  const path = join(folder, 'profile.json');
  writeFileSync(path, content);
  return `driver:${path}`;
};

it('takes a revision for that of the child driver', () => {
  expect(parseDriverProfile('driver:ld@1.34', ['kick-lost'])).toEqual({
    child: 'ld',
    profile: { name: 'driver:ld@1.34', revisions: { 'ld_virtio.c': '1.34' }, switches: ['kick-lost'] },
  });
});

it('knows the newest, the mended, and revisions of named files', () => {
  expect(parseDriverProfile('driver:viocon').profile).toEqual({ name: 'driver:viocon@HEAD', switches: [] });
  expect(parseDriverProfile('driver:viocon@mended').profile.switches).toEqual(MENDED);
  expect(parseDriverProfile('driver:viocon@virtio.c=1.54,viocon.c=1.3').profile.revisions).toEqual({
    'virtio.c': '1.54',
    'viocon.c': '1.3',
  });
});

it('knows presets by file and revision, in any notation, and refuses what is newer than anything known', () => {
  for (const name of ['virtio.c-1.66', 'virtio.c=1.66', 'virtio.c 1.66']) {
    expect(parseDriverProfile(`driver:viocon@${name}`).profile.revisions).toEqual({ 'virtio.c': '1.66' });
  }
  // As a problem report writes them.
  for (const name of ['virtio.c 1.54', 'virtio.c 1.82', 'virtio_mmio.c 1.1', 'virtio_mmio.c 1.14', 'viocon.c 1.10']) {
    const [file, revision] = name.split(' ');
    expect(parseDriverProfile(`driver:viocon@${name}`).profile.revisions).toEqual({ [file]: revision });
  }
  expect(() => parseDriverProfile('driver:virtio.c 1.54')).toThrow('as in driver:viocon@virtio.c-1.54');
  for (const preset of PRESETS) expect(() => parseDriverProfile(`driver:viocon@${preset}`)).not.toThrow();
  expect(() => parseDriverProfile('driver:viocon@virtio.c-1.99')).toThrow('the newest virtio.c that is known is 1.82');
});

it('reads a profile of a named child from a file', () => {
  const path = file('{"revisions":{"virtio.c":"1.79"},"switches":["repair-h1"]}').slice('driver:'.length);
  const { child, profile } = parseDriverProfile(`driver:viocon@${path}`);
  expect({ child, ...profile }).toMatchObject({ child: 'viocon', switches: ['repair-h1'] });
  const other = file('{"child":"ld"}').slice('driver:'.length);
  expect(() => parseDriverProfile(`driver:viocon@${other}`)).toThrow('is a profile of ld, not of viocon');
});

it('reads a profile from a file', () => {
  const spec = file('{"child":"viornd","name":"mine","revisions":{"virtio.c":"1.79"},"switches":["kick-lost"]}');
  expect(parseDriverProfile(spec)).toEqual({
    child: 'viornd',
    profile: { name: 'mine', revisions: { 'virtio.c': '1.79' }, switches: ['kick-lost'] },
  });
});

it.each([
  ['driver:viocn@1.9', 'there is no child driver viocn'],
  ['driver:viocon@new', "'new' is no revision"],
  ['driver:viocon@foo.c=1.1', 'there is no source file foo.c'],
  ['driver:viocon@1.9@2', 'more than one @'],
  ['driver:/nowhere.json', 'cannot be read as a profile'],
])('refuses %s', (spec, message) => {
  expect(() => parseDriverProfile(spec)).toThrow(TargetUnavailable);
  expect(() => parseDriverProfile(spec)).toThrow(message);
});

it('refuses switches that do not exist, and files of another shape', () => {
  expect(() => parseDriverProfile(file('{"child":"ld","switches":["kick-lots"]}'))).toThrow("no switch 'kick-lots'");
  expect(() => parseDriverProfile(file('[1]'))).toThrow('a profile is');
  expect(() => parseDriverProfile(file('{'))).toThrow('cannot be read as a profile');
});
