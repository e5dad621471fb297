/** What QEMU records of accesses that qtest makes: the same on a big-endian machine, and judged like the transcript. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { afterAll, describe, expect, it } from 'vitest';
import { judgeFile, judgeStream } from '../harness/recorded/judge.ts';
import type { RecordedDeviceResult } from '../harness/result.ts';
import { swapBytes } from '../harness/recorded/notation.ts';
import { startChild } from '../targets/child.ts';

const folder = mkdtempSync(join(tmpdir(), 'virtcheck-recorded-qemu-'));
afterAll(() => rmSync(folder, { recursive: true }));

type Step = readonly [base: number, offset: number, value?: number];

const MACHINES = [
  // Both fill their slots from the last.
  {
    binary: 'qemu-system-aarch64',
    args: ['-global', 'virtio-mmio.force-legacy=false'],
    base: 0x0a003e00,
    empty: 0x0a003c00,
    big: false,
  },
  { binary: 'qemu-system-m68k', args: [], base: 0xff01fe00, empty: 0xff010000, big: true },
] as const;

/** Drives a stock QEMU's random generator by qtest; returns the transcript and the path of QEMU's own trace. */
async function record(
  machine: (typeof MACHINES)[number],
  steps: readonly Step[],
): Promise<{ transcript: string; log: string }> {
  const log = join(folder, `${machine.binary}-${String(steps.length)}.log`);
  const commands = steps.map(([base, offset, value]) => {
    const at = `0x${(base + offset).toString(16)}`;
    if (value === undefined) return `readl ${at}`;
    return `writel ${at} 0x${(machine.big ? swapBytes(value, 4) : value).toString(16)}`;
  });
  const child = await startChild(machine.binary, [
    ...['-M', 'virt', '-display', 'none', '-nodefaults', '-S', '-qtest', 'stdio', '-qtest-log', 'none'],
    ...machine.args,
    ...['-object', 'rng-builtin,id=r', '-device', 'virtio-rng-device,rng=r'],
    ...['-trace', 'memory_region_ops_*', '-trace', 'virtio_*', '-D', log],
  ]);
  child.stdin.write(`${commands.join('\n')}\n`);
  const answers: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    answers.push(line);
    // It would wait for more commands.
    if (answers.length === commands.length) child.kill();
  }
  expect(await child.ended).toBe('killed by us');
  return { transcript: commands.flatMap((command, i) => [command, answers[i]]).join('\n'), log };
}

const judgeText = (text: string) => judgeStream('transcript', Readable.from([Buffer.from(text)]));

const broken = (devices: readonly RecordedDeviceResult[]): (string | null)[][] =>
  devices.map(({ mistakes }) => mistakes.map(({ clause }) => clause));

describe.each(MACHINES)('$binary', (machine) => {
  const { base, empty } = machine;
  const up: readonly Step[] = [
    ...([0, 4, 8] as const).map((offset): Step => [base, offset]),
    ...([[0x70, 0], [0x70], [0x70, 1], [0x70, 3]] as const).map((step): Step => [base, ...step]),
    ...([[0x14, 0], [0x10], [0x14, 1], [0x10]] as const).map((step): Step => [base, ...step]),
    ...(
      [
        [0x24, 0],
        [0x20, 0],
        [0x24, 1],
        [0x20, 1],
      ] as const
    ).map((step): Step => [base, ...step]),
    [base, 0x70, 0xb],
    [base, 0x70],
  ];

  it('a driver that meets a missing queue gives up, and says so', async () => {
    const giveUp: readonly Step[] = [
      ...([[0x30, 7], [0x44], [0x34], [0x70, 0x8b], [0x70, 0], [0x70]] as const).map((step): Step => [base, ...step]),
    ];
    const { transcript, log } = await record(machine, [...up, ...giveUp]);
    for (const { devices } of [await judgeFile(log), await judgeText(transcript)]) {
      expect(broken(devices)).toEqual([[]]);
      const verdicts = new Map(devices[0].clauses.map(({ id, verdict }) => [id as string, verdict]));
      expect(devices[0]).toMatchObject({ name: 'rng', base, transport: 'mmio-v2' });
      expect(verdicts.get('basic.driver.device-status-field.3')).toBe('pass');
      expect(verdicts.get('init.driver.device-initialization.1.f')).toBe('pass');
    }
  });

  it('a driver that goes on with a placeholder is caught', async () => {
    const probe: readonly Step[] = [[empty, 0], [empty, 4], [empty, 8]]; // prettier-ignore
    expect(await judgeFile((await record(machine, probe)).log)).toMatchObject({ devices: [], placeholders: 1 });
    const { transcript, log } = await record(machine, [...probe, [empty, 0x70, 0]]);
    for (const { devices } of [await judgeFile(log), await judgeText(transcript)]) {
      expect(broken(devices)[0]).toContain('mmio.driver.device-initialization.4');
    }
  });
});
