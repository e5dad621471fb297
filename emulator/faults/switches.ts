/** Turns names of defects into booleans that the emulator tests. */
import { allDeviceFaults, type DeviceFaultName } from './catalogue.ts';

/** One boolean per device defect. A misspelt name in the emulator does not compile. */
export type DeviceFaults = { readonly [Name in DeviceFaultName]: boolean };

/**
 * @throws RangeError for a name that is not in the catalogue: a run that tests a defect which isn't there proves nothing.
 */
export function switchDeviceFaults(names: readonly string[]): DeviceFaults {
  const key = names.join(' ');
  let switches = made.get(key);
  if (switches === undefined) made.set(key, (switches = makeSwitches(names)));
  return switches;
}

/** Devices are made by the thousand and almost all have the same few sets of defects. */
const made = new Map<string, DeviceFaults>();

function makeSwitches(names: readonly string[]): DeviceFaults {
  const known = new Set<string>(allDeviceFaults.map((fault) => fault.name));
  for (const name of names) if (!known.has(name)) throw new RangeError(`no such device fault: ${name}`);
  const switches = Object.fromEntries(allDeviceFaults.map((fault) => [fault.name, names.includes(fault.name)]));
  // An object of so many properties is a slow dictionary until something makes it a prototype; the rings test it per buffer.
  Object.setPrototypeOf({}, switches);
  return switches as DeviceFaults;
}
