/** From `--target`, `--device` and `--transport` to what is judged. */
import type { Share } from '../harness/parallel-protocol.ts';
import type { DriverTransport } from '../models/attach/setup.ts';
import type { DeviceKind, Transport } from '../models/setup.ts';
import type { Combination } from '../targets/target.ts';
import { UsageError } from './exit-codes.ts';
import { loadFaults } from './strength.ts';
import { beginnings, didYouMean, nearest } from './suggest.ts';

/** Every device and transport that a target offers, narrowed to those asked for, in the target's order. */
export function chooseShares(
  target: string,
  offered: readonly Combination[],
  devices: readonly DeviceKind[] | undefined,
  transports: readonly (Transport | DriverTransport)[] | undefined,
): readonly Share[] {
  const shares = new Map<string, Share>();
  for (const { device, transport } of offered) shares.set(`${device} ${transport}`, { device, transport });
  const all = [...shares.values()];
  const chosen = all.filter(
    ({ device, transport }) =>
      (devices?.some((wanted) => wanted === device) ?? true) && (transports?.includes(transport) ?? true),
  );
  const lacking = [
    ...(devices ?? []).filter((device) => !chosen.some((share) => share.device === device)),
    ...(transports ?? []).filter((transport) => !chosen.some((share) => share.transport === transport)),
  ];
  if (lacking.length > 0) {
    throw new UsageError(
      `${target} does not offer ${lacking.join(', ')}${devices && transports ? ' in this combination' : ''}`,
      `it offers ${[...shares.keys()].join(', ')}`,
    );
  }
  return chosen;
}

/** Where no whole name is near: the one whose beginning is, for `virtcheck faults`. */
function faultsLike(name: string, known: readonly string[]): string {
  const [first] = name.split('-');
  const [near] = nearest(first, beginnings(known), 1);
  return near === undefined ? "'virtcheck faults' lists them" : `'virtcheck faults ${near}' lists those that begin so`;
}

/** `--fault` names of the command line, checked against the catalogue: a run judges one party, which must be whose they are. */
export async function checkFaults(names: readonly string[], party: 'device' | 'driver'): Promise<void> {
  if (names.length === 0) return;
  const faults = await loadFaults();
  for (const name of names) {
    const fault = faults.find((candidate) => candidate.name === name);
    if (fault === undefined) {
      const known = faults.map((candidate) => candidate.name);
      throw new UsageError(
        `--fault: there is no seeded fault '${name}'`,
        didYouMean(name, known) ?? faultsLike(name, known),
      );
    }
    if (fault.party !== party) {
      throw new UsageError(
        `--fault: '${name}' is a defect of ${fault.party}s, and this judges ${party}s`,
        "'virtcheck faults' says whose each is",
      );
    }
  }
}
