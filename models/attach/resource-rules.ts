/** What is left behind (P12), and the values that accesses yield (P13, P14). */
import type { AttachEvent, CallEvent, RegisterEvent, SoftcEvent } from './events.ts';
import { isLegacy, type RuleContext } from './setup.ts';
import { registerValue } from './wire.ts';

const MAGIC = 0;

export class ResourceRules {
  readonly #context: RuleContext;
  readonly #mapped = new Map<string, { readonly size: number; readonly part: boolean }>();
  #softc: SoftcEvent | undefined;
  #config: { readonly call: CallEvent; readonly bytes: Map<number, number> } | undefined;

  constructor(context: RuleContext) {
    this.#context = context;
  }

  get version1(): boolean {
    return this.#softc?.version1 ?? false;
  }

  softc(event: SoftcEvent): void {
    this.#softc = event;
  }

  /** virtio_mmio.c, virtio_pci.c: the configuration window is what the mapping has behind (or between) the registers. */
  map(event: Extract<AttachEvent, { kind: 'map' }>): void {
    if (event.part) {
      const most = Math.max(0, ...[...this.#mapped.values()].filter(({ part }) => !part).map(({ size }) => size));
      this.#context.check(
        'netbsd.unmap-once',
        event.size <= most,
        'a part of a mapping that is no larger than any mapping',
        () => `part of ${event.size} bytes, ${most} mapped`,
      );
    }
    this.#mapped.set(event.handle, event);
  }

  unmap({ handle, size }: Extract<AttachEvent, { kind: 'unmap' }>): void {
    const mapping = this.#mapped.get(handle);
    this.#context.check(
      'netbsd.unmap-once',
      mapping !== undefined && !mapping.part && mapping.size === size,
      'a mapping given back whole',
      () =>
        mapping === undefined
          ? `${handle} unmapped, which is not mapped`
          : `${mapping.part ? 'part' : 'mapping'} ${handle} of ${mapping.size} bytes unmapped with ${size}`,
    );
    this.#mapped.delete(handle);
  }

  /** After a bus detach nothing is mapped any more. */
  detached(): void {
    const left = [...this.#mapped].filter(([, { part }]) => !part).map(([handle]) => handle);
    this.#context.check('netbsd.unmap-once', left.length === 0, 'nothing mapped after a detach', () => left.join(', '));
    this.#mapped.clear();
  }

  /** A child that has attached hears of its device. */
  finished(): void {
    const softc = this.#softc;
    if (softc === undefined) return;
    this.#context.check(
      'netbsd.interrupt-established',
      softc.handle,
      'an interrupt handler when attaching has finished',
      () => 'none',
    );
    // The handler finds the child's queues through the softc.
    this.#context.check(
      'netbsd.interrupt-established',
      softc.child === 'set' && softc.queues,
      'child and queues known to the handler when attaching has finished',
      () => `child ${softc.child}, queues ${softc.queues ? 'set' : 'none'}`,
    );
  }

  childGone(): void {
    const softc = this.#softc;
    if (softc === undefined) return;
    this.#context.check(
      'netbsd.teardown',
      softc.child === 'none' && !softc.queues && !softc.handle,
      'no child, no queues, no interrupt handle',
      () => `child ${softc.child}, queues ${softc.queues ? 'set' : 'none'}, handle ${softc.handle ? 'set' : 'none'}`,
    );
  }

  /** P14, and P13's raw material. */
  register(event: RegisterEvent): void {
    const { area, access, offset, size, raw, seen } = event;
    const isConfig = area === 'mmio-config' || area === 'pci-config';
    if (isConfig) {
      if (this.#config === undefined) return;
      for (let i = 0; i < size; i++) this.#config.bytes.set(offset + i, Math.floor(raw / 256 ** i) % 256);
      return;
    }
    // Probing has to recognise the magic value in either order.
    if (area === 'mmio' && offset === MAGIC) return;
    const value = registerValue(raw, size, this.#context.setup.registers);
    this.#context.check(
      'netbsd.register-value',
      value === seen,
      `0x${value.toString(16)} in register 0x${offset.toString(16)} (${area})`,
      () => `0x${seen.toString(16)} ${access === 'read' ? 'seen' : 'meant'}`,
    );
  }

  configCall(event: CallEvent): void {
    if (event.kind === 'call') {
      this.#config = { call: event, bytes: new Map() };
      return;
    }
    const access = this.#config;
    this.#config = undefined;
    if (access === undefined || event.facts.value === undefined) return;
    const offset = Number(event.facts.offset);
    const size = Number(event.facts.size);
    const order = event.facts.field === 'le' ? this.#context.setup.leFields : this.#context.setup.config;
    let held = 0n;
    for (let i = 0; i < size; i++) {
      held = held * 256n + BigInt(access.bytes.get(offset + (order === 'big' ? i : size - 1 - i)) ?? 0);
    }
    const value = BigInt(event.facts.value as number | string);
    const { setup } = this.#context;
    if (setup.device !== undefined && isLegacy(setup) && size > 1) {
      this.#context.check(
        `${setup.device}.driver.legacy-device-configuration-layout.1`,
        value === held,
        `0x${held.toString(16)}, in the guest's byte order`,
        () => `0x${value.toString(16)}`,
      );
    }
    this.#context.check(
      'netbsd.config-value',
      value === held,
      `0x${held.toString(16)} in ${size} bytes of configuration space at ${offset}`,
      () => `0x${value.toString(16)} ${event.api === 'read_config' ? 'read' : 'written'}`,
    );
  }
}
