/** Fields of the configuration space whose values the target declares: what the device was configured with (2.5). */
import { clause, type ClauseIndex } from '../clauses/catalogue.ts';
import { swapField } from '../devices/bytes.ts';
import type { Report } from '../report.ts';
import type { ConfigField } from '../seams.ts';
import type { JudgedKind, JudgeSetup } from '../setup.ts';
import type { HostEvent } from '../trace/event-log.ts';

const AS_CONFIGURED = clause('untagged.basic.6');
const MODERN_ORDER = clause('untagged.basic.2');
const LEGACY_ORDER: Partial<Record<JudgedKind, ClauseIndex>> = {
  blk: clause('blk.device.legacy-device-configuration-layout.1'),
  console: clause('console.device.legacy-device-configuration-layout.1'),
};

/** Fields that a host action changes. */
const CHANGED_BY: Partial<Record<HostEvent['action'], readonly string[]>> = {
  'resize-disk': ['capacity', 'geometry.cylinders', 'geometry.heads', 'geometry.sectors'],
  'resize-console': ['cols', 'rows'],
};

export class DeclaredFields {
  readonly #report: Report;
  /** What is broken where the bytes of a field are in the opposite order. */
  readonly #order: ClauseIndex;
  readonly #declared: ReadonlyMap<string, number>;
  readonly #widths: ReadonlyMap<string, number>;
  /** Fields that the host has changed since power-on. */
  readonly #changed = new Set<string>();

  constructor(setup: JudgeSetup, report: Report, fields: readonly ConfigField[]) {
    this.#report = report;
    this.#order = setup.transport === 'mmio-v1' ? (LEGACY_ORDER[setup.device] ?? AS_CONFIGURED) : MODERN_ORDER;
    this.#declared = new Map(Object.entries(setup.claims.config ?? {}));
    this.#widths = new Map(fields.map(({ name, width }) => [name, width]));
  }

  powerOn(): void {
    if (this.#changed.size > 0) this.#changed.clear();
  }

  host(event: HostEvent): void {
    for (const name of CHANGED_BY[event.action] ?? []) this.#changed.add(name);
  }

  /** A whole field was read. */
  field(name: string, value: bigint): void {
    const declared = this.#declared.get(name);
    if (declared === undefined || this.#changed.has(name)) return;
    const owed = BigInt(declared);
    const swapped = value !== owed && value === swapField(owed, this.#widths.get(name) ?? 1);
    this.#report.check(
      swapped ? this.#order : AS_CONFIGURED,
      value === owed,
      () => `${name} ${declared}, as the device was configured`,
      () => `${value}`,
    );
  }
}
