/** Fields of the configuration space whose values the target declares: what the device was configured with (2.5). */
import { clause } from '../clauses/catalogue.ts';
import { swapField } from '../devices/bytes.ts';
import type { Report } from '../report.ts';
import type { ConfigField } from '../seams.ts';
import type { JudgeSetup } from '../setup.ts';
import type { HostEvent } from '../trace/event-log.ts';

const AS_CONFIGURED = clause('untagged.basic.6');

/** Fields that a host action changes. */
const CHANGED_BY: Partial<Record<HostEvent['action'], readonly string[]>> = {
  'resize-disk': ['capacity', 'geometry.cylinders', 'geometry.heads', 'geometry.sectors'],
  'resize-console': ['cols', 'rows'],
};

export class DeclaredFields {
  readonly #report: Report;
  readonly #declared: ReadonlyMap<string, number>;
  readonly #widths: ReadonlyMap<string, number>;
  /** Fields that the host has changed since power-on. */
  readonly #changed = new Set<string>();

  constructor(setup: JudgeSetup, report: Report, fields: readonly ConfigField[]) {
    this.#report = report;
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
    // Bytes in the opposite order are judged by clauses of their own.
    if (value !== owed && value === swapField(owed, this.#widths.get(name) ?? 1)) return;
    this.#report.check(
      AS_CONFIGURED,
      value === owed,
      () => `${name} ${declared}, as the device was configured`,
      () => `${value}`,
    );
  }
}
