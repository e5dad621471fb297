/** Results to render in tests: made up, but whole and in keeping with the schema. */
import {
  RESULT_SCHEMA,
  SPECIFICATION,
  type ClauseResult,
  type Finding,
  type RegressionEntry,
  type RunResult,
} from '../../harness/result.ts';
import { FUZZ_SCHEMA, type FuzzResult } from '../../fuzz/result.ts';
import { CLAUSES, findClause, type ClauseId } from '../../models/clauses/catalogue.ts';
import type { Evidence } from '../html/evidence.ts';

export const FIRST: ClauseId = 'mmio.device.register-layout.12';
export const SECOND: ClauseId = 'untagged.memory.1';

export function clauseResult(id: ClauseId, change: Partial<ClauseResult> = {}): ClauseResult {
  const { level, party, section, summary } = CLAUSES[findClause(id)!];
  return { id, level, party, section, summary, verdict: 'pass', exercised: 10, ...change };
}

export function finding(clause: ClauseId, change: Partial<Finding> = {}): Finding {
  return {
    clause,
    title: 'QueueReady still reads 1',
    expected: 'QueueReady 0',
    seen: 'QueueReady 0x1 <script>alert(1)</script>',
    state: 'status=DRIVER_OK queue0.size=4',
    steps: ['initialise up to live, queues of 8', 'reset queue 0'],
    actions: 2,
    trace: 'virtcheck-out/live.json',
    qtest: 'virtcheck-out/live.qtest',
    replay: 'npx virtcheck replay virtcheck-out/live.json',
    ...change,
  };
}

export const EVIDENCE: Evidence = {
  trace: {
    events: [
      'power-on',
      'w 070 4 0x00000003',
      'r 070 4 = 0x00000003',
      // A queue of 4 at 0x40001000, with a request of two buffers that the device has answered.
      'w 030 4 0x00000000',
      'w 038 4 0x00000004',
      'w 080 4 0x40001000',
      'w 084 4 0x00000000',
      'w 090 4 0x40001040',
      'w 094 4 0x00000000',
      'w 0a0 4 0x40001080',
      'w 0a4 4 0x00000000',
      'w 044 4 0x00000001',
      'store 0x40002000 68656c6c6f20776f726c6400',
      'store 0x40001000 00200040000000000c00000001000100',
      'store 0x40001010 00300040000000000800000002000000',
      'store 0x40001044 0000',
      'store 0x40001042 0100',
      'w 050 4 0x00000000',
      'dstore 0x40003000 0102030405',
      'dstore 0x40001084 0000000005000000',
      'dstore 0x40001082 0100',
      'irq 1',
      'load 0x40001082 = 0100',
      'r 0c0 4 = 0x00000000',
      'settled idle',
    ],
    mode: 'le',
    brokeAt: 23,
    scenario: { target: 'emulator', faults: [], device: 'blk', transport: 'mmio-v2', variant: 'default', actions: [] },
  },
  qtest: '# Status\nwritel 0x10000070 0x3\n',
};

export function runResult(change: Partial<RunResult> = {}): RunResult {
  const clauses = change.clauses ?? [clauseResult(FIRST)];
  const of = (verdict: string): number => clauses.filter((row) => row.verdict === verdict && !row.expected).length;
  return {
    schema: RESULT_SCHEMA,
    virtcheck: '0.1.0',
    spec: SPECIFICATION,
    target: {
      name: 'sample',
      version: '1',
      device: 'blk',
      transport: 'mmio-v2',
      byteOrder: 'little',
      variants: ['default'],
    },
    seed: 1,
    effort: 'normal',
    durationMs: 1234,
    scenarios: 100,
    events: 12_345,
    interrupted: false,
    clauses,
    findings: [],
    outcomes: [],
    unconfirmed: [],
    staleExpectations: [],
    totals: {
      pass: of('pass'),
      fail: of('fail'),
      warn: of('warn'),
      inconclusive: of('inconclusive'),
      skip: of('skip'),
      expected: clauses.filter((row) => row.expected).length,
    },
    ...change,
  };
}

export const REGRESSION: RegressionEntry = {
  id: 'kern/1',
  reports: 'kern/1',
  buggy: { profile: 'virtio.c 1.60', violated: ['netbsd.enqueue-after-finish'], steps: 4 },
  found: { scenarios: 12, steps: 3 },
  fixed: { profile: 'virtio.c 1.66', violated: [] },
  status: 'fixed',
  title: 'A queue is used too early',
  revisions: '1.60 to 1.65; 1.66 is without',
  trigger: 'a request before the child has finished',
  property: 'P3',
  reasoning: 'It shows as a notification <before> DRIVER_OK.',
  stories: [
    {
      buggy: {
        name: 'MMIO v2',
        run: { profile: 'virtio.c 1.60', violated: ['netbsd.enqueue-after-finish'], steps: 4 },
        rows: [
          { lane: 'driver', text: 'child_attach_start()' },
          { lane: 'bus', text: 'W070=b' },
          {
            lane: 'driver',
            text: '',
            broke: { clause: 'netbsd.enqueue-after-finish', expected: 'nothing', seen: 'enqueue', state: 'NEGOTIATED' },
          },
          { lane: 'device', text: 'stores 8 bytes' },
        ],
      },
      fixed: {
        name: 'MMIO v2',
        run: { profile: 'virtio.c 1.66', violated: [], steps: 6 },
        rows: [{ lane: 'driver', text: 'child_attach_start()' }],
      },
    },
  ],
  scenario: null,
  broken: [],
};

export const CAMPAIGN: FuzzResult = {
  schema: FUZZ_SCHEMA,
  virtcheck: '0.1.0',
  target: { name: 'sample', version: '1' },
  against: null,
  seed: 7,
  shard: { index: 0, of: 1 },
  jobs: 2,
  durationMs: 4000,
  scenarios: 8000,
  events: 400_000,
  interrupted: false,
  groups: [
    {
      device: 'rng',
      transport: 'mmio-v2',
      scenarios: 8000,
      events: 400_000,
      corpus: 40,
      states: { seen: 30, reachable: 90 },
      obligations: 120,
    },
  ],
  features: 500,
  findings: [
    {
      key: 'a',
      kind: 'crash',
      severity: 'crash-or-hang',
      clause: 'untagged.live.2',
      also: [],
      device: 'rng',
      transport: 'mmio-v2',
      variant: 'default',
      title: 'It answers.',
      expected: 'an answer',
      seen: 'died: <boom>',
      state: 'status=0',
      steps: ['initialise up to live, queues of 8'],
      actions: 1,
      scenarios: 321,
      files: { trace: 'a.trace.json', qtest: null, vitest: 'a.test.ts', text: null },
    },
  ],
  unconfirmed: [],
  harnessErrors: { count: 0, first: [] },
  workersLost: 0,
  series: [
    { ms: 1000, scenarios: 1000, states: 20, obligations: 80, findings: 0, memory: 140 },
    { ms: 4000, scenarios: 8000, states: 30, obligations: 120, findings: 1, memory: 163 },
  ],
};

/** Every kind of verdict, two findings and all remarks. */
export function mixedRuns(): readonly RunResult[] {
  const areas = CLAUSES.filter(({ area }) => area === 'mmio' || area === 'split').map(({ id }) => id);
  const shown = areas.filter((id, i) => id === FIRST || i % 3 === 0);
  const verdict = (id: ClauseId, i: number): ClauseResult => {
    if (id === FIRST) return clauseResult(id, { verdict: 'fail' });
    if (i % 5 === 1)
      return clauseResult(id, { verdict: 'inconclusive', exercised: 0, reason: 'no scenario got there' });
    if (i % 5 === 2) return clauseResult(id, { verdict: 'skip', exercised: 0, reason: 'no packed ring' });
    return clauseResult(id);
  };
  const first = runResult({
    clauses: [
      ...shown.map(verdict),
      clauseResult(SECOND, { verdict: 'fail', expected: true, reason: 'virtio_foo() forgets it' }),
      clauseResult('basic.device.device-status-field.2', { verdict: 'warn' }),
    ],
    findings: [finding(FIRST), finding(SECOND, { trace: null, qtest: null, replay: null })],
    outcomes: [{ outcome: 'died', evidence: 'exit code 1', scenario: 'protocol 12' }],
    unconfirmed: [{ clause: SECOND, expected: 'nothing', seen: 'something', steps: [] }],
    staleExpectations: ['untagged.live.1'],
    coverage: {
      lifecycles: [
        {
          model: 'device',
          steps: [
            { from: 'RESET', to: 'ACKNOWLEDGE', times: 5 },
            { from: 'ACKNOWLEDGE', to: 'DRIVER', times: 4 },
            { from: 'DRIVER', to: 'SUSPENDED', times: 1 },
          ],
        },
        { model: 'attach', steps: [{ from: 'UNATTACHED', to: 'READY', times: 3 }] },
      ],
    },
  });
  return [
    first,
    runResult({ clauses: shown.map((id) => clauseResult(id)), target: { ...first.target, name: 'other' } }),
  ];
}

/** As many runs of as many clauses as asked, all kinds of verdict mixed, a finding for one clause in a hundred. */
/** A clause that drivers owe, and what is known of a driver that broke it. */
export const OF_A_DRIVER = 'netbsd.enqueue-after-finish' as const;

export const CALLS: Evidence = {
  calls: [
    'driver child_attach(name=viocon)',
    'bus    W070=3',
    'device stores 4 bytes used.idx',
    `BROKEN ${OF_A_DRIVER}: requests after finish; seen: one before`,
  ],
};

/** A driver that was judged, under the name of a recording far away. */
export function recordedRun(): RunResult {
  const clauses = [
    clauseResult(OF_A_DRIVER, { verdict: 'fail' }),
    clauseResult('basic.driver.device-status-field.1'),
    clauseResult('basic.driver.device-status-field.2', { verdict: 'inconclusive', exercised: 0, reason: 'not seen' }),
  ];
  const base = runResult({ clauses, findings: [finding(OF_A_DRIVER, { qtest: null })] });
  return { ...base, target: { ...base.target, name: '/var/tmp/recordings/of-a-long-boot/boot.log' } };
}

export function largeRuns(runs: number, clauses: number): readonly RunResult[] {
  const verdicts = ['pass', 'pass', 'inconclusive', 'pass', 'skip', 'pass', 'fail'] as const;
  return Array.from({ length: runs }, (_, run) => {
    const rows = Array.from({ length: clauses }, (_, i) => {
      const row = clauseResult(CLAUSES[i % CLAUSES.length].id, { verdict: verdicts[(i + run) % verdicts.length] });
      // More clauses than the catalogue has: as a later version of it.
      return i < CLAUSES.length ? row : { ...row, id: `${row.id}.${String(i)}` as ClauseId };
    });
    const findings = rows.filter((row, i) => row.verdict === 'fail' && i % 100 === 0).map((row) => finding(row.id));
    const base = runResult({ clauses: rows, findings });
    return { ...base, target: { ...base.target, name: `implementation-${String(run)}` } };
  });
}
