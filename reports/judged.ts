/**
 * What reports are made from: anything that was judged clause by clause. A `RunResult` is one as it stands; a recorded
 * driver becomes one here, so that device and driver stand in one matrix.
 */
import type {
  DriverMistake,
  Finding,
  GuestResult,
  OutcomeRecord,
  RecordedDeviceResult,
  RunResult,
  TraceResult,
} from '../harness/result.ts';

export type Judged = Omit<RunResult, 'schema' | 'target' | 'seed' | 'effort' | 'scenarios' | 'events'> & {
  readonly target: Omit<RunResult['target'], 'device'> & { readonly device: string };
  /** Absent for recordings: nothing was drawn at random. */
  readonly seed?: number;
  readonly effort?: RunResult['effort'];
  readonly scenarios?: number;
  readonly events?: number;
  /** Where the driver's conduct was recorded, and by clause the line of the first mistake. */
  readonly recording?: { readonly path: string; readonly lines: ReadonlyMap<string, number> };
};

/** The drivers of a recording, one for each device. `name` and `version` say whose drivers they are. */
export function judgedRecording(result: TraceResult, name = result.source.name, version = ''): readonly Judged[] {
  const { virtcheck, spec } = result;
  return result.devices.map((device) => ({
    virtcheck,
    spec,
    target: {
      name,
      version,
      device: device.name,
      transport: device.transport,
      byteOrder: device.byteOrder,
      variants: [`registers at 0x${device.base.toString(16)}`],
    },
    durationMs: result.durationMs / result.devices.length,
    interrupted: result.source.ended !== null,
    clauses: device.clauses,
    findings: device.mistakes.flatMap((mistake) => mistakeFinding(mistake, device)),
    outcomes: [],
    unconfirmed: [],
    staleExpectations: device.staleExpectations,
    totals: device.totals,
    recording: { path: result.source.name, lines: firstLines(device) },
  }));
}

/** The drivers of a watched guest, boot by boot. A guest that ended badly says so in its outcomes. */
export function judgedGuest(result: GuestResult): readonly Judged[] {
  return result.runs.flatMap((run) => {
    const bad = run.outcome === 'hung' || run.outcome === 'died';
    const outcomes: readonly OutcomeRecord[] = bad
      ? [{ outcome: run.outcome, evidence: run.evidence, scenario: 'boot' }]
      : [];
    return judgedRecording(run.result, `${result.system} guest`, result.version).map((judged) => ({
      ...judged,
      outcomes,
      interrupted: judged.interrupted || run.outcome === 'interrupted',
    }));
  });
}

function firstLines({ mistakes }: RecordedDeviceResult): ReadonlyMap<string, number> {
  return new Map(
    mistakes.flatMap(({ clause, occurrences }) =>
      clause === null || occurrences.length === 0 ? [] : [[clause, occurrences[0].line] as const],
    ),
  );
}

/** Rules without a clause have no row in the matrix and stay in the recording's own report. */
function mistakeFinding(mistake: DriverMistake, device: RecordedDeviceResult): readonly Finding[] {
  const { clause, times, occurrences } = mistake;
  if (clause === null || occurrences.length === 0) return [];
  const requirement = device.clauses.find((candidate) => candidate.id === clause)?.summary ?? '';
  const often = times === 1 ? '' : ` (${String(times)} times)`;
  return [
    {
      clause,
      title: occurrences[0].what,
      expected: requirement,
      seen: `${occurrences[0].what}${often}`,
      state: occurrences[0].state,
      steps: occurrences.map(({ line, what }) => `line ${String(line)} of the recording: ${what}`),
      actions: occurrences.length,
      trace: null,
      qtest: null,
      replay: null,
    },
  ];
}
