/** What is mutated, and by which suite it is judged. */
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';

export const SIDES = ['device', 'driver'] as const;
export type Side = (typeof SIDES)[number];

/** Devices, and ways to reach them, that only the driver stack uses. */
const OF_THE_STACK = /^(balloon|device-types|gpu|net|p9|pci-device|pci-legacy|pci-modern|scsi|simple-device)\.ts$/;
/** Code for seeded faults, types without code, and what unit tests alone use. */
const LEFT_OUT = /\.test\.ts$|^(blk-faults|options|types|fake-queue-host|hand-driver)\.ts$/;

/** Which figures a source belongs to, whoever judges it. */
export const sideOf = (path: string): Side => (path.startsWith('emulator/device/') ? 'device' : 'driver');

/** Paths relative to the project's folder, sorted: what `suite` judges of itself. */
export function sourcesOf(suite: Side, root: string): readonly string[] {
  const devices = under(root, 'emulator/device').filter((path) => !LEFT_OUT.test(nameOf(path)));
  const ofTheStack = devices.filter((path) => OF_THE_STACK.test(nameOf(path)));
  if (suite === 'device') return devices.filter((path) => !ofTheStack.includes(path));
  return [...ofTheStack, ...under(root, 'emulator/driver').filter((path) => !path.endsWith('.test.ts'))];
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

function under(root: string, folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
}
