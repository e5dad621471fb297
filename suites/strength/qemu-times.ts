/**
 * `npm run strength -- --qemu`: how soon a campaign shows each recorded deviation of QEMU. Every device and transport of
 * every machine by itself, from several seeds. Writes suites/strength/qemu-times.json, a hunt a line, after each hunt, and
 * goes on where the last measurement left off.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FuzzLoop } from '../../fuzz/loop.ts';
import { applicableExpectations, loadExpectations } from '../../harness/expectations.ts';
import { packageFolder } from '../../harness/package-folder.ts';
import { writeWhole } from '../../harness/trace-file.ts';
import type { DeviceKind, Transport } from '../../models/setup.ts';
import { createQemuTarget, qemuAvailability, QEMU_TARGETS } from '../../targets/qemu/qemu-target.ts';
import type { Target } from '../../targets/target.ts';

export const QEMU_TIMES_SCHEMA = 'virtcheck-qemu-times/1';

/** When a recorded deviation was first confirmed in a hunt. */
export interface Shown {
  readonly clause: string;
  /** Scenarios performed until then. */
  readonly scenarios: number;
  /** Milliseconds by the clock until then, with starting QEMU and confirming what was found before. */
  readonly ms: number;
}

/** A campaign on one device and transport, until every recorded deviation had shown, or for its time. */
export interface QemuHunt {
  readonly machine: string;
  readonly version: string;
  readonly device: DeviceKind;
  readonly transport: Transport;
  readonly seed: number;
  /** Scenarios and milliseconds of the whole hunt. */
  readonly scenarios: number;
  readonly ms: number;
  readonly shown: readonly Shown[];
  /** Recorded for this device and transport, and not seen in this hunt. */
  readonly missing: readonly string[];
}

export interface QemuTimes {
  readonly schema: typeof QEMU_TIMES_SCHEMA;
  readonly hunts: readonly QemuHunt[];
}

export interface QemuPlan {
  readonly seeds: readonly number[];
  /** Machines whose target names start with one of these. */
  readonly prefixes: readonly string[];
  readonly again: boolean;
  /** Milliseconds after which no hunt is started, and that one hunt may take. */
  readonly budget: number;
  readonly hunt: number;
  readonly write: boolean;
}

export function qemuTimesPath(): string {
  return join(packageFolder(), 'suites/strength/qemu-times.json');
}

export function readQemuTimes(path = qemuTimesPath()): readonly QemuHunt[] {
  if (!existsSync(path)) return [];
  const { schema, hunts } = JSON.parse(readFileSync(path, 'utf8')) as Partial<QemuTimes>;
  return schema === QEMU_TIMES_SCHEMA && Array.isArray(hunts) ? hunts : [];
}

/** Resolves to the hunt. Recorded deviations are confirmed on a fresh process, and nothing is shrunk. */
export async function qemuHunt(
  target: Target,
  version: string,
  device: DeviceKind,
  transport: Transport,
  seed: number,
  longest: number,
): Promise<QemuHunt> {
  const expectations = loadExpectations(target.name);
  const wanted = new Set<string>(
    applicableExpectations(expectations, { device, transport, version }).map(({ clause }) => clause),
  );
  const started = performance.now();
  const elapsed = (): number => Math.round(performance.now() - started);
  const shown = new Map<string, Shown>();
  const loop: FuzzLoop = new FuzzLoop({
    target,
    devices: [device],
    transports: [transport],
    space: { seed, shard: 0, worker: 0, generation: 0 },
    expectations,
    stopped: () => true,
    listener: {
      found: ({ confirmed, suspect: { sign, also } }) => {
        if (!confirmed) return;
        for (const clause of [sign.clause, ...also]) {
          if (clause === null || !wanted.has(clause) || shown.has(clause)) continue;
          shown.set(clause, { clause, scenarios: loop.scenarios, ms: elapsed() });
        }
      },
    },
  });
  try {
    while (shown.size < wanted.size && elapsed() < longest) await loop.step();
  } finally {
    await loop.close();
  }
  return {
    machine: target.name,
    version,
    device,
    transport,
    seed,
    scenarios: loop.scenarios,
    ms: elapsed(),
    shown: [...shown.values()],
    missing: [...wanted].filter((clause) => !shown.has(clause)),
  };
}

const keyOf = ({ machine, device, transport, seed }: Pick<QemuHunt, 'machine' | 'device' | 'transport' | 'seed'>) =>
  `${machine} ${device} ${transport} ${String(seed).padStart(6)}`;

/** True if every deviation showed in every hunt that was run now. */
export async function measureQemu(plan: QemuPlan): Promise<boolean> {
  const path = qemuTimesPath();
  const measured = new Map(readQemuTimes(path).map((hunt) => [keyOf(hunt), hunt]));
  const started = performance.now();
  let [hunts, missing] = [0, 0];
  for (const seed of plan.seeds) {
    for (const machine of QEMU_TARGETS.filter((name) => plan.prefixes.some((one) => name.startsWith(one)))) {
      const version = (await qemuAvailability(machine))?.version;
      if (version === undefined) {
        process.stderr.write(`${machine} is not installed and is left out\n`);
        continue;
      }
      const target = createQemuTarget(machine)!;
      const pairs = new Set(target.combinations.map(({ device, transport }) => `${device} ${transport}`));
      for (const pair of pairs) {
        const [device, transport] = pair.split(' ') as [DeviceKind, Transport];
        if (performance.now() - started > plan.budget) return missing === 0;
        const key = keyOf({ machine, device, transport, seed });
        if (!plan.again && measured.has(key)) continue;
        const hunt = await qemuHunt(target, version, device, transport, seed, plan.hunt);
        measured.set(key, hunt);
        hunts++;
        missing += hunt.missing.length;
        if (plan.write) await writeWhole(path, textOf([...measured.values()]));
        process.stdout.write(
          `${machine} ${pair} seed ${seed}: ${hunt.shown.length} of ${hunt.shown.length + hunt.missing.length} in ` +
            `${hunt.scenarios} scenarios, ${Math.round(hunt.ms / 1000)} s; not: ${hunt.missing.join(', ') || 'none'}\n`,
        );
      }
    }
  }
  process.stdout.write(`${hunts} hunts, ${missing} deviations did not show in their hunt\n`);
  return missing === 0;
}

function textOf(hunts: readonly QemuHunt[]): string {
  const lines = [...hunts].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)).map((hunt) => JSON.stringify(hunt));
  return `{"schema":${JSON.stringify(QEMU_TIMES_SCHEMA)},"hunts":[\n${lines.join(',\n')}\n]}\n`;
}
