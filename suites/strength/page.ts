/** docs/strength.md: every measurement of the suite's strength on one page, made of the result files alone. */
import { dirname, join } from 'node:path';
import { deviceFaults } from '../../emulator/faults/catalogue.ts';
import { driverFaults } from '../../emulator/faults/driver-catalogue.ts';
import { writeWhole } from '../../harness/trace-file.ts';
import { frontEndOf } from '../../targets/reference-driver/name.ts';
import { indexOf } from '../mutation/explanations.ts';
import { readExplanations, readResults } from '../mutation/files.ts';
import { countsOf, scoreOf } from '../mutation/page.ts';
import { SIDES } from '../mutation/sources.ts';
import {
  ABLATION_BUDGET,
  ablationPath,
  FUZZERS,
  REACH_MARKS,
  readAblation,
  readReach,
  type Reach,
} from './ablation.ts';
import { readCampaigns } from './campaigns.ts';
import { summaryOf } from './fault-matrix.ts';
import { readMatrix, type MeasuredFault } from './matrix-file.ts';
import { readQemuTimes, type QemuHunt } from './qemu-times.ts';

const FOLDER = dirname(ablationPath());
const PAGE = join(FOLDER, '..', '..', 'docs', 'strength.md');
const EFFORT = 'normal';

export function strengthPagePath(): string {
  return PAGE;
}

/** Writes the page. */
export async function writePage(): Promise<void> {
  await writeWhole(PAGE, strengthPage());
}

/** The page as the files give it now. */
export function strengthPage(folder = FOLDER): string {
  const file = (name: string): string => join(folder, name);
  const drivers = readMatrix(file('driver-fault-matrix.json'), EFFORT, driverFaults);
  const reference = driverFaults.filter(({ children }) => children?.some((name) => frontEndOf(name) !== undefined));
  const stack = driverFaults.filter((fault) => !reference.includes(fault));
  const sections = [
    [
      '# The measured strength of the suite',
      '',
      'Made by `npm run strength -- --page` from the files in `suites/strength/`; each measurement below names the command that',
      'makes its file anew. Scenarios are counted, as they do not depend on the machine; where seconds are given, the machine',
      'had other work to do as well.',
    ],
    matrixSection(
      'The conformance suite against seeded faults of the device',
      'npm run strength',
      'fault-matrix.md',
      readMatrix(file('fault-matrix.json'), EFFORT),
      deviceFaults,
    ),
    matrixSection(
      "The driver's clauses against seeded faults of the NetBSD-style stack",
      'npm run strength -- --drivers',
      'driver-fault-matrix.md',
      drivers,
      stack,
    ),
    matrixSection(
      "The driver's clauses against seeded faults of the reference driver",
      'npm run strength -- --drivers',
      'driver-fault-matrix.md',
      drivers,
      reference,
    ),
    matrixSection(
      'The fuzzer against seeded faults of the device',
      'npm run strength -- --fuzz',
      'fuzz-fault-matrix.md',
      readMatrix(file('fuzz-matrix.json'), EFFORT),
      deviceFaults,
    ),
    mutationSection(),
    ablationSection(file('ablation.json')),
    qemuSection(readQemuTimes(file('qemu-times.json'))),
    campaignSection(file('campaigns.json')),
  ];
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function matrixSection(
  title: string,
  command: string,
  page: string,
  matrix: ReadonlyMap<string, MeasuredFault>,
  faults: readonly { readonly name: string; readonly clauses: readonly string[] }[],
): string[] {
  const listed = faults as Parameters<typeof summaryOf>[1]['faults'];
  const lines = summaryOf(matrix, { faults: listed }).filter((line) => !/\b0 faults\b/.test(line));
  return [
    `## ${title}`,
    '',
    `\`${command}\`; fault by fault in [${page}](${page}).`,
    '',
    ...lines.map((line) => `- ${line}`),
  ];
}

/** Mutants of both sides; survivor by survivor in docs/mutation.md. */
function mutationSection(): string[] {
  const root = dirname(dirname(PAGE));
  const index = indexOf(readExplanations(root));
  const rows = SIDES.flatMap((side) => {
    const files = Object.entries(readResults(root, side).files);
    if (files.length === 0) return [];
    const counts = countsOf(files, index);
    const { detected, survived, unmeasured, kinds } = counts;
    const numbers = [detected + survived, detected, survived, kinds.equivalent, kinds.allowed, unmeasured];
    const scores = [false, true].map((adjusted) => `${scoreOf(counts, adjusted).toFixed(1)} %`);
    return [`| ${[`emulator/${side}`, ...numbers, ...scores].join(' | ')} |`];
  });
  const head = [
    '## Mutants of the emulator',
    '',
    'StrykerJS changes the in-tree emulator in small ways, one at a time; the conformance suites are the tests.',
    '`npm run mutation`; survivor by survivor in [mutation.md](mutation.md). The adjusted score leaves out mutants that are',
    'equivalent, and those that do what the specification allows.',
    '',
  ];
  if (rows.length === 0) return [...head, 'Not measured yet.'];
  return [
    ...head,
    '| part | mutants | detected | survived | equivalent | allowed | not measured | score | adjusted |',
    '|---|---|---|---|---|---|---|---|---|',
    ...rows,
  ];
}

function ablationSection(path: string): string[] {
  const hunts = readAblation(path);
  const head = [
    '## What each part of the fuzzer is worth',
    '',
    `\`npm run strength -- --ablation\`: every seeded fault of the device, hunted by fuzzers that each lack one part, with a`,
    `budget of ${ABLATION_BUDGET} scenarios a hunt.`,
    '',
  ];
  if (hunts.length === 0) return [...head, 'Not measured yet.'];
  // Only what all of them were set on can be compared.
  const pairs = FUZZERS.map(
    ({ name }) => new Set(hunts.filter(({ fuzzer }) => fuzzer === name).map(({ fault, seed }) => `${seed} ${fault}`)),
  );
  const common = hunts.filter(({ fault, seed }) => pairs.every((set) => set.has(`${seed} ${fault}`)));
  const rows = FUZZERS.map(({ name }) => {
    const own = common.filter(({ fuzzer }) => fuzzer === name);
    const found = own.filter((hunt) => hunt.found);
    const share = own.length === 0 ? '' : ` (${Math.round((100 * found.length) / own.length)} %)`;
    const spent = own.reduce((sum, { scenarios }) => sum + scenarios, 0);
    const counts = found.map(({ scenarios }) => scenarios);
    return `| ${name} | ${found.length} of ${own.length}${share} | ${median(counts)} | ${Math.max(0, ...counts)} | ${found.length === 0 ? '' : (spent / found.length).toFixed(1)} |`;
  });
  const seeds = new Set(common.map(({ seed }) => seed)).size;
  return [
    ...head,
    `From ${plural(seeds, 'seed')}, ${new Set(common.map(({ fault }) => fault)).size} faults. Hunts of crashes alone end with`,
    'a fault only if it makes the device die or hang. The last column counts all scenarios spent, also in hunts that found nothing.',
    '',
    '| fuzzer | faults found | scenarios to find one: median | worst | scenarios spent per fault found |',
    '|---|---|---|---|---|',
    ...rows,
    ...reachTable(readReach(path)),
  ];
}

function reachTable(reached: readonly Reach[]): string[] {
  if (reached.length === 0) return [];
  const rows = FUZZERS.flatMap(({ name }) => {
    const own = reached.filter(({ fuzzer }) => fuzzer === name);
    if (own.length === 0) return [];
    const at = (mark: number): number =>
      median(own.filter(({ scenarios }) => scenarios === mark).map((one) => one.states));
    return [`| ${[name, new Set(own.map(({ seed }) => seed)).size, ...REACH_MARKS.map(at)].join(' | ')} |`];
  });
  return [
    '',
    'How far each gets on the emulator without faults: states of the lifecycle models, all devices and layouts together, in',
    'the median over the seeds.',
    '',
    `| fuzzer | seeds | ${REACH_MARKS.map((mark) => `after ${mark} scenarios`).join(' | ')} |`,
    `|---|---${'|---'.repeat(REACH_MARKS.length)}|`,
    ...rows,
  ];
}

function qemuSection(hunts: readonly QemuHunt[]): string[] {
  const head = [
    '## How soon a campaign shows what is recorded of QEMU',
    '',
    '`npm run strength -- --qemu`: each device on each layout of each machine by itself, until every deviation in',
    '`expectations/` had shown and was confirmed on a freshly started process, or until the time of the hunt was over.',
    '"Shown" counts the seeds of whose hunts that is true; medians are over those. Seconds are by the clock of a busy',
    'machine and contain starting QEMU and confirming what showed before.',
    '',
  ];
  if (hunts.length === 0) return [...head, 'Not measured yet.'];
  const rows = new Map<string, { scenarios: number[]; ms: number[]; seeds: number }>();
  for (const { machine, device, transport, shown, missing } of hunts) {
    const row = (clause: string): { scenarios: number[]; ms: number[]; seeds: number } => {
      const key = `${machine} | ${device} | ${transport} | ${clause}`;
      const known = rows.get(key) ?? { scenarios: [], ms: [], seeds: 0 };
      rows.set(key, known);
      known.seeds++;
      return known;
    };
    for (const one of shown) {
      const own = row(one.clause);
      own.scenarios.push(one.scenarios);
      own.ms.push(one.ms);
    }
    for (const clause of missing) row(clause);
  }
  const longest = Math.round(Math.max(...hunts.map(({ ms }) => ms)) / 1000);
  const versions = [...new Set(hunts.map(({ version }) => version))].join(', ');
  return [
    ...head,
    `QEMU ${versions}; ${hunts.length} hunts, the longest of ${longest} s.`,
    '',
    '| machine | device | layout | clause | shown | scenarios: median | worst | seconds: median |',
    '|---|---|---|---|---|---|---|---|',
    ...[...rows]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, { scenarios, ms, seeds }]) => {
        const none = scenarios.length === 0;
        const seconds = none ? '' : (median(ms) / 1000).toFixed(1);
        return `| ${key} | ${scenarios.length}/${seeds} | ${none ? '' : median(scenarios)} | ${none ? '' : Math.max(...scenarios)} | ${seconds} |`;
      }),
  ];
}

function campaignSection(path: string): string[] {
  const campaigns = readCampaigns(path);
  const head = ['## Long campaigns', ''];
  if (campaigns.length === 0) return [...head, 'Not measured yet.'];
  return [
    ...head,
    '`virtcheck fuzz --target TARGET --time 120m --jobs 1 --json FILE`, kept by `npm run strength -- --campaign FILE`, on',
    "machines that were busy with other work. Memory is what the campaign's process holds: MiB after the first minute, at",
    'half-time, at the end.',
    '',
    '| target | seed | minutes | scenarios | findings: known | new | workers lost | errors of virtcheck | MiB |',
    '|---|---|---|---|---|---|---|---|---|',
    ...campaigns.map(
      (one) =>
        `| ${[`${one.target} ${one.version}`, one.seed, one.minutes, one.scenarios, one.known, one.findings, one.workersLost, one.harnessErrors, one.memory.join(', ')].join(' | ')} |`,
    ),
    '',
    ...campaigns.flatMap(({ target, seed, deaths, triage }) => [
      `- ${target}, seed ${seed}: ${triage === '' ? 'not looked into yet.' : triage}`,
      ...deaths.map(({ what, scenarios }) => `  - ${what}: after ${scenarios} scenarios`),
    ]),
  ];
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length === 0 ? 0 : sorted[sorted.length >>> 1];
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
