/**
 * `npm run bench`: what the hot paths cost, as ratios within one run (absolute rates depend on the machine).
 *
 * emulator: generating, performing and judging scenarios against fast-check's generation of the same scenarios, with its
 *           own arbitraries and with ours, in processor time; and how many scenarios of a small fixed shape a core judges
 *           in a second.
 * trace:    lines of a recording judged in a second, and the memory it takes, whatever its size.
 * campaign: scenarios and events a second of one worker of `virtcheck fuzz` and of two.
 * qemu:     register reads through the session against a bare pipelined loop on the same process, and whole scenarios, on one
 *           process and on two.
 * report:   opening the HTML report of many runs in Chromium (`--report` only).
 */
import { parseArgs } from 'node:util';
import { benchEmulator } from './emulator.ts';
import { benchCampaign, benchQemuProcesses } from './jobs.ts';
import { benchMemory } from './memory.ts';
import { benchQemu } from './qemu.ts';
import { benchReport } from './report.ts';
import { benchTrace } from './trace.ts';

/** MiB of recording that are judged beside the other measurements. */
const SMALL_RECORDING = 16;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    qemu: { type: 'string', default: 'qemu:microvm' },
    'no-qemu': { type: 'boolean', default: false },
    memory: { type: 'string' },
    trace: { type: 'string' },
    jobs: { type: 'boolean', default: false },
    report: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  process.stdout.write(
    'npm run bench -- [--seconds N] [--qemu TARGET | --no-qemu] [--memory SECONDS | --trace MEBIBYTES | --jobs | --report]\n' +
      '  --seconds N        how long each measurement runs (default 5)\n' +
      '  --qemu TARGET      QEMU machine to measure (default qemu:microvm)\n' +
      '  --memory SECONDS   only watch the memory of a run this long\n' +
      '  --trace MEBIBYTES  only judge a recording of this size\n' +
      '  --jobs             only measure what a second worker adds, to campaigns and to QEMU\n' +
      '  --report           only open a large HTML report in Chromium\n',
  );
} else if (values.memory !== undefined) {
  await benchMemory(Number(values.memory));
} else if (values.trace !== undefined) {
  await benchTrace(Number(values.trace));
} else if (values.jobs) {
  await benchCampaign(Number(values.seconds));
  if (!values['no-qemu']) await benchQemuProcesses(values.qemu, Number(values.seconds));
} else if (values.report) {
  if (!(await benchReport())) process.exitCode = 1;
} else {
  // First: what a process has judged before slows it down, as V8's code for few shapes of data is fast.
  await benchEmulator(Number(values.seconds));
  await benchTrace(SMALL_RECORDING);
  await benchCampaign(Number(values.seconds));
  if (!values['no-qemu']) {
    await benchQemu(values.qemu, Number(values.seconds));
    await benchQemuProcesses(values.qemu, Number(values.seconds));
  }
}
