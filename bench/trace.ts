/** Judging a recording: lines a second, and the memory that a large one takes. */
import { Readable } from 'node:stream';
import { judgeStream } from '../harness/recorded/judge.ts';
import { legacyDriver, modernDriver, qemuLog, BASE } from '../harness/recorded/testing/notation.ts';

const MEBIBYTE = 1 << 20;
const LINES = 100_000;

/** A recording as of a boot: two devices attached again and again, amid `noise` lines of other traffic for each of theirs. */
function* recording(bytes: number, noise: number): Generator<Buffer> {
  const other = "memory_region_ops_write cpu 0 mr 0x560ad02ab1c0 addr 0x3f8 value 0x41 size 1 name 'serial'\n";
  const first = qemuLog(modernDriver()) + qemuLog(legacyDriver(), BASE + 0x200);
  const again = qemuLog(modernDriver({ PROBE: '' })) + qemuLog(legacyDriver({ LEGACY_PROBE: '' }), BASE + 0x200);
  const amid = (text: string): string => text.replaceAll('\n', `\n${other.repeat(noise)}`);
  yield Buffer.from(amid(first));
  const part = Buffer.from(amid(again).repeat(50));
  for (let written = 0; written < bytes; written += part.length) yield part;
}

export async function benchTrace(mebibytes: number): Promise<void> {
  for (const [name, noise] of [
    ['every line an access to a device', 0],
    ['one line in twenty, as in a boot', 19],
  ] as const) {
    let peak = 0;
    const source = Readable.from(recording(mebibytes * MEBIBYTE, noise));
    source.on('data', () => (peak = Math.max(peak, process.memoryUsage.rss())));
    source.pause();
    const { source: read, durationMs, devices } = await judgeStream(name, source);
    const rate = read.lines / (durationMs / 1000);
    process.stdout.write(
      `trace (${name}): ${Math.round(read.bytes / MEBIBYTE)} MiB, ${read.lines} lines, ${Math.round(rate)} lines/s, ` +
        `${LINES} in ${((LINES / rate) * 1000).toFixed(0)} ms; peak ${Math.round(peak / MEBIBYTE)} MiB resident; ` +
        `${devices.length} devices, ${devices.reduce((sum, { mistakes }) => sum + mistakes.length, 0)} mistakes\n`,
    );
  }
}
