/**
 * `npm run bench`: what the hot paths cost, as ratios within one run (absolute rates depend on the machine).
 *
 * emulator: generating, performing and judging scenarios against fast-check's own generation of the same scenarios, in
 *           processor time; and how many scenarios of a small fixed shape a core judges in a second.
 * trace:    lines of a recording judged in a second, and the memory it takes, whatever its size.
 * qemu:     register reads through the session against a bare pipelined loop on the same process, and whole scenarios.
 * report:   opening the HTML report of many runs in Chromium (`--report` only).
 */
import { parseArgs } from 'node:util';
import { benchEmulator } from './emulator.ts';
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
    report: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  process.stdout.write(
    'npm run bench -- [--seconds N] [--qemu TARGET | --no-qemu] [--memory SECONDS | --trace MEBIBYTES | --report]\n' +
      '  --seconds N        how long each measurement runs (default 5)\n' +
      '  --qemu TARGET      QEMU machine to measure (default qemu:microvm)\n' +
      '  --memory SECONDS   only watch the memory of a run this long\n' +
      '  --trace MEBIBYTES  only judge a recording of this size\n' +
      '  --report           only open a large HTML report in Chromium\n',
  );
} else if (values.memory !== undefined) {
  await benchMemory(Number(values.memory));
} else if (values.trace !== undefined) {
  await benchTrace(Number(values.trace));
} else if (values.report) {
  if (!(await benchReport())) process.exitCode = 1;
} else {
  await benchTrace(SMALL_RECORDING);
  await benchEmulator(Number(values.seconds));
  if (!values['no-qemu']) await benchQemu(values.qemu, Number(values.seconds));
}
