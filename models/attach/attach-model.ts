/**
 * The judge of a virtio(4) driver stack: follows the lifecycle call by call and lets the rules look at every event. Pure:
 * the same events give the same findings.
 */
import { clause, type ClauseId } from '../clauses/catalogue.ts';
import type { Report } from '../report.ts';
import { commandLineDevices } from './command-line.ts';
import { DataRules } from './data-rules.ts';
import { DeviceRules } from './device-rules.ts';
import type { AttachApi, AttachEvent, CallEvent } from './events.ts';
import { ALWAYS, isLegal, START, step, type Call, type LifeState, type Phase } from './lifecycle.ts';
import { MemoryRules } from './memory-rules.ts';
import { QueueBook } from './queue-book.ts';
import { RequestRules } from './request-rules.ts';
import { RestRules } from './rest-rules.ts';
import { ResourceRules } from './resource-rules.ts';
import type { AttachFinding, AttachSetup, RuleContext } from './setup.ts';
import { Shadow } from './shadow.ts';
import { WireDecoder } from './wire.ts';

const EVENT_IDX = 1n << 29n;

/** The steps of handing a request over. */
const REQUESTS: readonly AttachApi[] = ['enqueue_prep', 'enqueue_reserve', 'enqueue', 'enqueue_commit'];

export class AttachModel implements RuleContext {
  readonly setup: AttachSetup;
  readonly report: Report;
  readonly findings: AttachFinding[] = [];
  /** Called when the life of the child has come into another phase. */
  onPhase: ((from: Phase, to: Phase) => void) | undefined;
  #life: LifeState = START;
  #event = 0;
  /** Outermost call that is under way, and the phase in which it began. */
  #outer: { readonly api: AttachApi; readonly phase: string } | undefined;
  #childTried = false;
  #panicked = false;
  readonly #expectedDevices: { readonly size: bigint; readonly base: bigint; readonly irq: number }[] = [];
  readonly #wire: WireDecoder;
  readonly #device: DeviceRules;
  readonly #book = new QueueBook();
  readonly #memory = new Shadow();
  readonly #data: DataRules;
  readonly #rest: RestRules;
  readonly #requests: RequestRules;
  readonly #memoryRules: MemoryRules;
  readonly #resources: ResourceRules;
  /** Calls that another call makes are its own business; depth counts them. */
  #depth = 0;

  constructor(setup: AttachSetup, report: Report) {
    this.setup = setup;
    this.report = report;
    this.#wire = new WireDecoder(setup);
    this.#device = new DeviceRules(this);
    this.#data = new DataRules(this, this.#memory, () => this.#device.accepted);
    this.#rest = new RestRules(this, this.#book, this.#memory, () => this.#device.accepted);
    this.#requests = new RequestRules(this, this.#book, this.#memory, this.#data, this.#rest);
    this.#memoryRules = new MemoryRules(this, this.#book, this.#memory);
    this.#resources = new ResourceRules(this);
  }

  get phase(): string {
    return this.#life.phase;
  }

  /** Reads all events; findings are in their order. */
  judge(events: readonly AttachEvent[]): readonly AttachFinding[] {
    for (const [index, event] of events.entries()) {
      this.#event = index;
      this.#read(event);
    }
    return this.findings;
  }

  exercise(id: ClauseId): void {
    this.report.exercise(clause(id));
  }

  check(id: ClauseId, kept: boolean, expected: string, seen: () => string): void {
    if (kept) {
      this.exercise(id);
      return;
    }
    const what = seen();
    this.report.row = this.#event;
    this.report.driverBroke(id, 'nothing', `${expected}; seen: ${what}`);
    this.findings.push({ clause: id, event: this.#event, expected, seen: what, state: this.describe() });
  }

  describe(): string {
    return `${this.#life.phase}; ${this.#device.describe()}`;
  }

  #read(event: AttachEvent): void {
    switch (event.kind) {
      case 'call':
      case 'return':
        return this.#call(event);
      case 'register': {
        this.#resources.register(event);
        const op = this.#wire.decode(event);
        if (op === undefined) return;
        if (op.op === 'setup') this.#rest.setUp(op.queue, this.#device.accepted);
        if (op.op === 'setup') this.#memoryRules.setUp(op, (this.#device.accepted & EVENT_IDX) !== 0n);
        return this.#device.wire(op);
      }
      case 'panic':
        return this.#panic(event.cause, event.reason);
      case 'softc':
        return this.#resources.softc(event);
      case 'map':
        return this.#resources.map(event);
      case 'unmap':
        if (this.#outer?.api === 'shutdown') this.#keptAtShutdown(`mapping ${event.handle} given back`);
        return this.#resources.unmap(event);
      case 'dma-alloc':
      case 'dma-free':
        return this.#memoryRules.allocation(event);
      case 'sync':
        return this.#memoryRules.sync(event);
      case 'cpu':
        return this.#memoryRules.cpu(event);
      case 'slot':
        return this.#requests.slot(event);
      case 'store':
        this.#memory.store(event.address, event.bytes);
        return this.#memoryRules.store(event);
      case 'device-store':
        this.#memory.store(event.address, event.bytes);
        return this.#memoryRules.deviceStore(event);
      case 'command-line':
        this.#expectedDevices.push(...commandLineDevices(event.text));
        return;
      case 'given':
        this.#rest.given(event.bytes);
        return this.#data.given(event.bytes);
      case 'handed':
        return this.#data.handed(event.bytes);
      case 'told':
        this.#rest.told(event);
        return this.#data.told(event);
      case 'entry':
        return this.#entry(event);
      case 'settled':
        return this.#settled();
    }
  }

  #call(event: CallEvent): void {
    const { kind, api } = event;
    if (kind === 'call' && this.#depth++ === 0) this.#outer = { api, phase: this.phase };
    if (kind === 'call') this.#begin(event);
    if (kind === 'call' && api === 'bus_attach') this.#newInstance();
    // Every segment of an enqueue is told of by a return of its own, and so is a request that a reset brings back.
    const part = event.facts.segment === true || event.facts.abandoned === true;
    if (kind === 'return' && !part) this.#depth = Math.max(0, this.#depth - 1);
    if (api === 'alloc_vq' && kind === 'return') this.#book.allocated(event);
    if (api === 'reinit_start' && kind === 'call') this.#book.restarted();
    if (api === 'read_config' || api === 'write_config') this.#resources.configCall(event);
    this.#device.call(event);
    this.#data.call(event);
    this.#rest.call(event, this.#data.idle);
    // Requests first: what they find out about a slot is what the rules about its memory go by.
    if (kind === 'return') this.#memoryRulesAfter(event);
    else {
      this.#memoryRules.call(event);
      this.#requests.call(event);
    }
    if (kind === 'return' && !part) this.#end(event);
  }

  /** A bus that is attached again starts from nothing. */
  #newInstance(): void {
    this.#book.queues.clear();
    this.#requests.newInstance();
    this.#data.newInstance();
    this.#rest.newInstance();
    this.#childTried = false;
  }

  #memoryRulesAfter(event: CallEvent): void {
    this.#requests.call(event);
    this.#memoryRules.call(event);
  }

  #begin({ api, facts }: CallEvent): void {
    if (ALWAYS.includes(api) || this.#panicked) {
      if (api === 'child_attach') this.#childTried = true;
      return;
    }
    const legal = isLegal(this.#life, api, this.setup.age);
    const seen = (): string =>
      `${api}${facts.queue === undefined ? '' : ` on queue ${facts.queue}`} in state ${this.phase}`;
    if (REQUESTS.includes(api)) {
      this.check('netbsd.enqueue-after-finish', legal, 'requests only after child_attach_finish has succeeded', seen);
    } else if (api === 'bus_detach') this.exercise('netbsd.detach-survives');
    else this.check('netbsd.call-order', legal, 'a call that the state allows', seen);
    if (api === 'rescan') this.exercise(this.phase === 'READY' ? 'netbsd.attach-survives' : 'netbsd.rescan-survives');
    if (api === 'child_detach' && this.#outer?.api === 'shutdown') this.#keptAtShutdown('child detached');
  }

  #keptAtShutdown(what: string): void {
    if (!this.setup.transport.startsWith('pci')) return;
    this.check('netbsd.shutdown-keeps', false, 'a bus that stays attached when the system goes down', () => what);
  }

  #end(event: CallEvent): void {
    const { api, facts } = event;
    const before = this.#life.phase;
    this.#life = step(this.#life, this.#outcome(event), this.setup.age) ?? this.#life;
    if (this.#life.phase !== before) this.onPhase?.(before, this.#life.phase);
    if (api === 'child_attach_failed' || api === 'child_detach') this.#resources.childGone();
    if (api === 'child_attach_finish' && facts.failed === 0) {
      this.#resources.finished();
      this.#handedOver(Number(facts.count));
    }
    if (api === 'child_attach' && facts.attached === false) this.#gaveUp();
    if (api === 'child_attach' && facts.attached === true) {
      const { phase } = this;
      this.check(
        'netbsd.call-order',
        phase === 'FINISHED',
        'a child that has attached',
        () => `one that says so in state ${phase}`,
      );
    }
    if (api === 'attach_failed') this.#heard(facts.failed === true);
    if (api === 'bus_detach' && facts.detached === true) {
      this.#resources.detached();
      this.#noLeak('after the bus was detached');
    }
    if (api === 'bus_attach' && facts.found === false && this.setup.healthy && this.setup.hasDriver) {
      this.check('netbsd.healthy-device-attaches', false, 'a device that is found', () => 'the bus gives up');
    }
    if (api === 'open') {
      const { unit, found } = facts;
      this.check('netbsd.unit-number', found === unit, `unit ${unit}`, () => `unit ${found}`);
    }
    if (api === 'identify') this.#identified(String(facts.kept), Number(facts.address), Number(facts.length));
    if (api === 'rescan' && this.#outer?.phase === 'READY') this.#attached();
    if (api === 'shutdown' && this.setup.transport.startsWith('pci')) this.exercise('netbsd.shutdown-keeps');
  }

  /** P4: a child that has memory for a queue hands that queue over, too. (The old interface sets it up at once.) */
  #handedOver(count: number): void {
    if (this.setup.age === 'old') return;
    const left = [...this.#book.queues.keys()].filter((queue) => queue >= count);
    this.check(
      'netbsd.queue-setup-once',
      left.length === 0,
      'every queue that has memory handed over',
      () => `${count} queues handed over, and memory for queue ${left.join(', ')}`,
    );
  }

  /** The bus asks what became of its child. */
  #heard(failed: boolean): void {
    const { phase } = this;
    const seen = (): string => `state ${phase}, and attach_failed says ${failed ? 'failed' : 'attached'}`;
    if (phase === 'FINISHED') {
      this.check('netbsd.healthy-device-attaches', !failed, 'a bus that takes its device for attached', seen);
    } else if (phase === 'FAILED') {
      this.check('netbsd.teardown', failed, 'a bus that hears that its child has given up', seen);
    } else if (phase === 'ABSENT' || phase === 'READY') {
      // Front ends go on to establish the interrupt unless they hear of a failure.
      this.check('netbsd.teardown', failed, 'a bus that hears that nothing has attached', seen);
    }
  }

  /** What a call came to, as the lifecycle tells it apart. */
  #outcome({ api, facts }: CallEvent): Call {
    switch (api) {
      case 'bus_attach':
        return { api, outcome: facts.found === true ? 'ok' : 'absent' };
      case 'child_attach_start':
        return { api, outcome: this.#device.failed ? 'failed' : 'ok' };
      case 'alloc_vq':
      case 'free_vq':
        return { api, outcome: facts.result === 0 ? 'ok' : 'failed' };
      case 'child_attach_finish':
      case 'reinit_start':
        return { api, outcome: facts.failed === 0 ? 'ok' : 'failed' };
      case 'bus_detach':
        return { api, outcome: facts.detached === true ? 'ok' : 'failed' };
      default:
        return { api, outcome: 'ok' };
    }
  }

  #gaveUp(): void {
    this.#noLeak('after the child gave up');
    if (!this.setup.healthy) return;
    const known = !this.#device.version1 || this.#resources.version1;
    this.check(
      'netbsd.version1-known',
      known,
      'a child that can tell that VERSION_1 was negotiated',
      () => 'it gave up, not knowing',
    );
  }

  #noLeak(when: string): void {
    const left = this.#memoryRules.outstanding;
    this.check('netbsd.no-leak', left.length === 0, `no DMA memory ${when}`, () => left.join(', '));
  }

  /** The name of a disk against the identification that the device stored, which ends at its NUL if it has one. */
  #identified(kept: string, address: number, length: number): void {
    let given = '';
    for (let i = 0; i < length; i++) {
      const byte = this.#memory.load(address + i, 1, 'little');
      if (byte === 0) break;
      given += String.fromCharCode(byte);
    }
    this.check('netbsd.identity-whole', kept === given, `the name ${given}`, () => kept);
  }

  /** The first look for a driver is over. */
  #attached(): void {
    const { healthy, hasDriver } = this.setup;
    if (!hasDriver) return;
    if (!this.#childTried) {
      this.check('netbsd.driver-configured', false, 'a driver for the device', () => 'no driver configured');
      return;
    }
    this.exercise('netbsd.driver-configured');
    if (!healthy) return;
    const phase = this.phase;
    this.check(
      'netbsd.healthy-device-attaches',
      phase === 'FINISHED',
      'a device that attaches',
      () => `state ${phase}`,
    );
  }

  #panic(cause: string, reason: string): void {
    this.#panicked = true;
    const seen = (): string => `${cause}: ${reason}`;
    const api = this.#outer?.api;
    if (api === 'bus_detach' || api === 'shutdown')
      this.check('netbsd.detach-survives', false, 'a detach that survives', seen);
    else if (api === 'bus_attach' || (api === 'rescan' && this.#outer?.phase === 'READY')) {
      this.check('netbsd.attach-survives', false, 'an attach that survives', seen);
    } else if (api === 'rescan') this.check('netbsd.rescan-survives', false, 'a rescan that survives', seen);
    else this.check('netbsd.operation-survives', false, 'a driver that survives', seen);
  }

  /** P17: each device from the command line is the next one that its grammar gives. */
  #entry({ size, base, irq, announced }: Extract<AttachEvent, { kind: 'entry' }>): void {
    const next = this.#expectedDevices.shift();
    this.check(
      'netbsd.cmdline-entries',
      next !== undefined && next.size === size && next.base === base && next.irq === irq,
      next === undefined ? 'no further device' : `0x${next.size.toString(16)}@0x${next.base.toString(16)}:${next.irq}`,
      () => `0x${size.toString(16)}@0x${base.toString(16)}:${irq} attached`,
    );
    this.check(
      'netbsd.interrupt-announced',
      announced === irq,
      `a boot message that names interrupt ${irq}`,
      () => `interrupting on ${announced}`,
    );
  }

  #settled(): void {
    this.#data.settled((queue) => this.#book.isFull(queue));
    if (!this.#panicked) this.#rest.settled();
    const left = this.#expectedDevices.splice(0);
    if (left.length === 0) return;
    this.check(
      'netbsd.cmdline-entries',
      false,
      `${left.length} more devices from the command line`,
      () => 'none attached',
    );
  }
}
