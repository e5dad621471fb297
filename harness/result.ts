/** The result of a run: plain data, written as JSON (schema: reports/schemas/run.schema.json), read by every report. */
import type { ClauseId, Level, Party } from '../models/clauses/catalogue.ts';
import type { ByteOrder, DeviceKind, JudgedKind, Transport } from '../models/setup.ts';

/** Version of the JSON layout; bumped on every incompatible change. */
export const RESULT_SCHEMA = 'virtcheck-result/1';
export const SPECIFICATION = 'VIRTIO 1.4 CS01';

/**
 * `pass`: exercised and never violated. `fail`: a MUST was broken. `warn`: a SHOULD was broken, or a MAY exceeded: the
 * device went beyond what is permitted. `inconclusive`: never exercised. `skip`: not applicable to this target. Reasons
 * accompany the last two.
 */
export type Verdict = 'pass' | 'fail' | 'warn' | 'inconclusive' | 'skip';

export type Effort = 'quick' | 'normal' | 'thorough';
export const EFFORTS: readonly Effort[] = ['quick', 'normal', 'thorough'];

export interface ClauseResult {
  readonly id: ClauseId;
  readonly level: Level;
  readonly party: Party;
  readonly section: string;
  readonly summary: string;
  readonly verdict: Verdict;
  /** How often the obligation could have been broken. */
  readonly exercised: number;
  /** Milliseconds of the scenarios that exercised it, each divided equally among the clauses that it exercised. */
  readonly ms?: number;
  /** The deviation is recorded in expectations/ for this target. */
  readonly expected?: boolean;
  /** Why skipped or inconclusive, or the explanation of an expected deviation. */
  readonly reason?: string;
}

/** A broken obligation with its smallest reproducer. */
export interface Finding {
  readonly clause: ClauseId;
  readonly title: string;
  readonly expected: string;
  readonly seen: string;
  /** The model state in which it broke. */
  readonly state: string;
  /** The minimal sequence for people, one line a step: who did what. */
  readonly steps: readonly string[];
  /** Number of driver actions in the minimal scenario. */
  readonly actions: number;
  /** Path of the trace file (`virtcheck replay` runs it), or null when nothing was saved. */
  readonly trace: string | null;
  /** Path of the qtest script, or null where none could be made. */
  readonly qtest: string | null;
  /** A command that replays it. */
  readonly replay: string | null;
}

/** A scenario that ended with the implementation dead, hung or talking nonsense. */
export interface OutcomeRecord {
  readonly outcome: 'died' | 'hung' | 'protocol-error' | 'threw';
  readonly evidence: string;
  /** Family and number of the scenario. */
  readonly scenario: string;
}

/** A clause that looked broken once and did not on a freshly started implementation given all its time: no verdict. */
export interface Unconfirmed {
  readonly clause: ClauseId;
  readonly expected: string;
  readonly seen: string;
  readonly steps: readonly string[];
}

/** What a result is about: types with models, and those that only driver stacks use. */
export type JudgedDevice = DeviceKind | 'net' | 'scsi' | 'balloon' | '9p' | 'gpu';
export type JudgedTransport = Transport | 'pci-0.9' | 'pci-1.0';

/** A state machine of the models, and the steps between its states that a run went through. */
export interface Lifecycle {
  /** `device` and `queue`: models/lifecycle; `attach`: NetBSD's child-attach lifecycle (models/attach/lifecycle.ts). */
  readonly model: 'device' | 'queue' | 'attach';
  readonly steps: readonly { readonly from: string; readonly to: string; readonly times: number }[];
}

export interface Coverage {
  readonly lifecycles: readonly Lifecycle[];
}

export interface RunResult {
  readonly schema: typeof RESULT_SCHEMA;
  /** Version of virtcheck. */
  readonly virtcheck: string;
  readonly spec: typeof SPECIFICATION;
  readonly target: {
    readonly name: string;
    readonly version: string;
    readonly device: JudgedDevice;
    readonly transport: JudgedTransport;
    readonly byteOrder: ByteOrder;
    /** Variants of the implementation's configuration that were judged together. */
    readonly variants: readonly string[];
  };
  readonly seed: number;
  readonly effort: Effort;
  readonly durationMs: number;
  readonly scenarios: number;
  readonly events: number;
  /** True when the run was interrupted; verdicts are those of what was judged until then. */
  readonly interrupted: boolean;
  readonly clauses: readonly ClauseResult[];
  readonly findings: readonly Finding[];
  readonly outcomes: readonly OutcomeRecord[];
  readonly unconfirmed: readonly Unconfirmed[];
  /** Expected deviations that did not show up although their clause was exercised: each is a failure. */
  readonly staleExpectations: readonly ClauseId[];
  readonly totals: Readonly<Record<Verdict, number>> & { readonly expected: number };
  readonly coverage?: Coverage;
}

/** Several combinations of one target. */
export interface RunSetResult {
  readonly schema: typeof RESULT_SCHEMA;
  readonly virtcheck: string;
  readonly runs: readonly RunResult[];
}

/** A recorded deviation of a real implementation (expectations/TARGET.json). */
export interface Expectation {
  readonly clause: ClauseId;
  /** Applies only to these devices/transports; absent: all. `other`: types without a model, in recordings. */
  readonly devices?: readonly JudgedKind[];
  readonly transports?: readonly Transport[];
  /** Version of the implementation it was verified against (prefix match). */
  readonly version: string;
  /** One paragraph: what it does, which function of its source is responsible, why the clause forbids it. */
  readonly explanation: string;
  readonly source?: string;
  /** Shows only in scenarios that a run need not draw: not seeing it is no news. */
  readonly sometimes?: boolean;
  /** It is this deviation only if what was seen contains these words; absent: whatever was seen. */
  readonly seen?: string;
  /** It is this deviation only if the scenario has one of these kinds of action (harness/action-kinds.ts); absent: any has. */
  readonly actions?: readonly string[];
  /** File name of the qtest script beside the expectations that shows it on the stock implementation. */
  readonly reproducer?: string;
}

/** Version of the JSON layout of judged recordings; bumped on every incompatible change. */
export const TRACE_RESULT_SCHEMA = 'virtcheck-trace-result/1';

/** A rule that a recorded driver broke, with the first places where it did. */
export interface DriverMistake {
  /** Null where the rule has no clause of its own. */
  readonly clause: ClauseId | null;
  readonly times: number;
  readonly occurrences: readonly {
    /** Line of the recording, from 1. */
    readonly line: number;
    readonly what: string;
    /** The model state at that moment. */
    readonly state: string;
  }[];
}

/** One device of a recording, and what its driver's conduct amounts to. */
export interface RecordedDeviceResult {
  /** `blk`, `console`, `rng`, or what is known of another type. */
  readonly name: string;
  /** Physical address of the registers. */
  readonly base: number;
  /** What DeviceID read, or null. */
  readonly deviceId: number | null;
  readonly transport: Transport;
  readonly byteOrder: ByteOrder;
  readonly accesses: number;
  readonly firstLine: number;
  readonly lastLine: number;
  /** The recording shows the driver's stores to memory, so rings and requests were judged. */
  readonly memory: boolean;
  /** The recording began while the device was in use: judged from its first reset on. */
  readonly begunInUse: boolean;
  /** The driver clauses that apply. */
  readonly clauses: readonly ClauseResult[];
  readonly mistakes: readonly DriverMistake[];
  /** Where the device itself strayed from its clauses; no part of the driver's verdict. */
  readonly deviceDeviations: readonly {
    readonly clause: ClauseId;
    readonly times: number;
    readonly line: number;
    readonly expected: string;
    readonly seen: string;
  }[];
  /** Recorded deviations that did not show up although their clauses were exercised: each is a failure. */
  readonly staleExpectations: readonly ClauseId[];
  readonly totals: Readonly<Record<Verdict, number>> & { readonly expected: number };
}

/** A judged recording: what `virtcheck trace --json` and `virtcheck guest --json` write (schema: trace.schema.json). */
export interface TraceResult {
  readonly schema: typeof TRACE_RESULT_SCHEMA;
  readonly virtcheck: string;
  readonly spec: typeof SPECIFICATION;
  readonly source: {
    readonly name: string;
    readonly bytes: number;
    readonly lines: number;
    /** Lines of each format that told something. */
    readonly formats: Readonly<Record<string, number>>;
    /** Why the recording could not be read to its end, or null. */
    readonly ended: string | null;
  };
  readonly devices: readonly RecordedDeviceResult[];
  /** Places that were probed and hold no device (DeviceID 0) whose drivers left them alone. */
  readonly placeholders: number;
  /** Lines that were not used, by kind, most frequent first. */
  readonly unused: readonly { readonly kind: string; readonly lines: number }[];
  /** Lines that could not be read; the first ones with their reasons. */
  readonly malformedLines: number;
  readonly warnings: readonly { readonly line: number; readonly reason: string }[];
  readonly durationMs: number;
}

/** Who did something: the driver, the bus between, or the device. */
export type Lane = 'driver' | 'bus' | 'device';

/** A line of a sequence: something that one party did, or the obligation that broke there. */
export interface SequenceRow {
  readonly lane: Lane;
  readonly text: string;
  /** The obligation that broke at this point. */
  readonly broke?: BrokenObligation;
}

export interface BrokenObligation {
  readonly clause: string;
  readonly expected: string;
  readonly seen: string;
  /** State of the lifecycle model, and what it knows of the device. */
  readonly state: string;
}

/** One way of running a case: on the profile with the defect or on the one without. */
export interface RegressionRun {
  readonly profile: string;
  /** Clauses that broke, each once. */
  readonly violated: readonly string[];
  /** Calls of the driver's interface until the first of them broke, or altogether. */
  readonly steps: number;
}

/** What a random search for the defect came to. */
export interface RegressionSearch {
  /** Scenarios (for races: schedules) until one showed the defect and the profile without it did not. */
  readonly scenarios: number;
  /** Actions in the shortest scenario that still shows it. */
  readonly steps: number;
}

/** A case as programs read it (schema: reports/schemas/regress.schema.json). */
export interface RegressionResult {
  readonly id: string;
  readonly reports: string;
  readonly buggy: RegressionRun;
  /** Null where the search found nothing, or was not asked for. */
  readonly found: RegressionSearch | null;
  readonly fixed: { readonly profile: string; readonly violated: readonly string[] };
  readonly status: 'fixed' | 'open';
}

/** What `virtcheck regress --json` writes for a case: its result, and what its report shows. */
export interface RegressionEntry extends RegressionResult, Partial<Omit<RegressionReport, 'result'>> {}

/** A scripted run as people read it. */
export interface RegressionStory {
  readonly name: string;
  readonly run: RegressionRun;
  readonly rows: readonly SequenceRow[];
}

/** A case with everything that its report shows. */
export interface RegressionReport {
  readonly result: RegressionResult;
  readonly title: string;
  readonly revisions: string;
  readonly trigger: string;
  /** How it shows in calls, and in registers and memory. */
  readonly symptom: { readonly api: string; readonly wire: string };
  readonly property: string;
  readonly reasoning: string;
  /** The same steps, with the defect and without. */
  readonly stories: readonly { readonly buggy: RegressionStory; readonly fixed: RegressionStory }[];
  /** The shortest scenario that the search found, as JSON. */
  readonly scenario: string | null;
  /** What a case promises and did not keep; empty if all is well. */
  readonly broken: readonly string[];
}

/** Version of the JSON layout of guest runs; bumped on every incompatible change. */
export const GUEST_RESULT_SCHEMA = 'virtcheck-guest-result/1';

/** One boot of an operating system whose drivers were watched. */
export interface GuestRun {
  readonly transport: Transport;
  /** `finished`: all steps were tried. `hung`: it was ended by the watchdog. `died`: it ended before it was through. */
  readonly outcome: 'finished' | 'hung' | 'died' | 'interrupted';
  readonly steps: readonly { readonly name: string; readonly ok: boolean }[];
  /** How QEMU ended, and the last lines of the guest's console. */
  readonly evidence: string;
  /** Path of the recording. */
  readonly log: string;
  readonly result: TraceResult;
}

/** What `virtcheck guest --json` writes (schema: guest.schema.json). */
export interface GuestResult {
  readonly schema: typeof GUEST_RESULT_SCHEMA;
  readonly virtcheck: string;
  readonly system: 'linux';
  /** Of the kernel. */
  readonly version: string;
  readonly runs: readonly GuestRun[];
}
