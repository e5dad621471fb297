/**
 * QEMU itself, on every machine. Without the binary a machine's tests are skipped, and say so; in CI that is a failure.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterEach, describe, expect, test } from 'vitest';
import type { HostEvent } from '../../models/trace/event-log.ts';
import { entropyRequest, kinds, logged, outcome, requestEntropy } from '../fixtures/drive.ts';
import type { AsyncSession, Combination, Op } from '../target.ts';
import { QEMU_TARGETS, createQemuTarget, qemuAvailability, type QemuOptions } from './qemu-target.ts';

const sessions: AsyncSession[] = [];
afterEach(async () => {
  for (const session of sessions.splice(0)) await session.close();
});

async function open(name: string, wanted: Partial<Combination>, options?: QemuOptions): Promise<AsyncSession> {
  const target = createQemuTarget(name, options)!;
  const matches = (c: Combination): boolean =>
    Object.entries({ variant: 'default', ...wanted }).every(([key, value]) => c[key as keyof Combination] === value);
  const session = (await target.open(target.combinations.find(matches)!)) as AsyncSession;
  sessions.push(session);
  return session;
}

/** Reads 32-bit registers of a modern or little-endian device. */
async function read(session: AsyncSession, ...offsets: number[]): Promise<number[]> {
  const rows = await session.perform(offsets.map((offset) => ({ op: 'read', offset, size: 4 })));
  return rows.map((row) => session.log.value[row]);
}

function write(offset: number, value: number): Op {
  return { op: 'write', offset, size: 4, value };
}

/** Process ids of this process's QEMU children. */
function children(): number[] {
  const lines = execFileSync('ps', ['-o', 'pid=,ppid=,comm='], { encoding: 'utf8' }).split('\n');
  return lines.flatMap((line) => {
    const [pid, parent, command] = line.trim().split(/\s+/);
    return Number(parent) === process.pid && command?.startsWith('qemu-system') ? [Number(pid)] : [];
  });
}

function directories(): string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith(`virtcheck-${process.pid}-`));
}

for (const name of QEMU_TARGETS) {
  const { version, missing } = await qemuAvailability(name).then((found) => ({
    version: found?.version,
    missing: `${found?.binary} is not installed (apt-get install ${found?.debianPackage})`,
  }));
  if (version === undefined) {
    if (process.env.CI === 'true') test(name, () => expect.fail(missing));
    else test.skip(`${name}: ${missing}`, () => {});
    continue;
  }

  describe(name, () => {
    const target = createQemuTarget(name)!;
    const combinations = target.combinations.map(
      (combination) => [`${combination.device} ${combination.transport} ${combination.variant}`, combination] as const,
    );

    test.each(combinations)('%s starts, negotiates and resets', async (_name, combination) => {
      const session = (await target.open(combination)) as AsyncSession;
      sessions.push(session);
      const { registers } = combination.mode;
      const values = (list: number[]): number[] => list.map((value) => logged(value, registers));
      const modern = combination.transport === 'mmio-v2';
      const ids = { blk: 2, console: 3, rng: 4 };
      expect(values(await read(session, 0, 4, 8, 0x70))).toEqual([
        0x74726976,
        modern ? 2 : 1,
        ids[combination.device],
        0,
      ]);
      await session.perform([write(0x70, logged(1, registers)), write(0x70, logged(3, registers))]);
      expect(values(await read(session, 0x70))).toEqual([3]);
      if (modern) {
        await session.perform([write(0x24, 1), write(0x20, 1), write(0x70, 11)]);
        expect(await read(session, 0x70)).toEqual([11]);
      }
      await session.perform([write(0x70, 0)]);
      expect(await read(session, 0x70)).toEqual([0]);
      expect(session.info).toMatchObject({ target: name, version, observesInterrupt: true });
      expect(outcome(session.log)).toBeUndefined();
    });

    for (const { transport } of target.combinations.filter(({ device }) => device === 'rng')) {
      test(`rng ${transport} answers requests and interrupts`, async () => {
        const session = await open(name, { device: 'rng', transport });
        for (let i = 0; i < 3; i++) {
          const { levels, bytes } = await requestEntropy(session);
          expect(levels).toEqual([1, 0]);
          expect(bytes.some((byte) => byte !== 0)).toBe(true);
        }
      });
    }

    test('a killed process is reported and replaced', async () => {
      const session = await open(name, { device: 'rng', transport: 'mmio-v2' });
      const [pid] = children();
      process.kill(pid, 'SIGKILL');
      session.log.clear();
      await session.perform(new Array(100).fill({ op: 'read', offset: 0, size: 4 }));
      expect(outcome(session.log)).toMatch(/^died: .*signal SIGKILL/);
      await session.restart();
      expect(kinds(session.log).at(-1)).toBe('PowerOn');
      expect(children()).not.toContain(pid);
      expect(await read(session, 0)).toEqual([0x74726976]);
    });
  });
}

const riscv = await qemuAvailability('qemu:riscv64');
describe.skipIf(riscv?.version === undefined)('qemu host side', () => {
  const name = 'qemu:riscv64';
  const transport = 'mmio-v2';
  const host = (session: AsyncSession, event: HostEvent): Promise<readonly number[]> =>
    session.perform([{ op: 'host', event }]);

  test('a stopped process is a hang', async () => {
    const session = await open(name, { device: 'rng', transport }, { patience: 200 });
    const [pid] = children();
    process.kill(pid, 'SIGSTOP');
    await session.perform([{ op: 'read', offset: 0, size: 4 }]);
    expect(outcome(session.log)).toMatch(/^hung: no reply to "readl 0x10008000" within 200 ms; killed by us/);
    expect(children()).toEqual([]);
  });

  test('a disk is resized, and back between scenarios', async () => {
    const session = await open(name, { device: 'blk', transport });
    const before = await read(session, 0x100);
    const [row] = await host(session, { action: 'resize-disk', sectors: 256 });
    expect(session.log.host(row)).toEqual({ action: 'resize-disk', sectors: 256 });
    expect([before, await read(session, 0x100)]).toEqual([[128], [256]]);
    session.log.clear();
    await session.restart();
    expect(session.log.length).toBe(1);
    expect(session.log.host(0)).toEqual({ action: 'resize-disk', sectors: 128 });
    expect(await read(session, 0x100)).toEqual([128]);
  });

  test('emergency output comes out of the console, once', async () => {
    const session = await open(name, { device: 'console', transport });
    const output = async (): Promise<unknown> => {
      const [row] = await host(session, { action: 'console-output', port: 0, bytes: [] });
      return session.log.host(row);
    };
    await session.perform([write(0x108, 0x41), write(0x108, 0x42)]);
    expect(await output()).toEqual({ action: 'console-output', port: 0, bytes: [0x41, 0x42] });
    expect(await output()).toMatchObject({ bytes: [] });
    await session.perform([write(0x108, 0x43)]);
    await session.restart();
    expect(await output()).toMatchObject({ bytes: [] });
  });

  test.each(['qemu:riscv64', 'qemu:m68k'])(
    'input reaches the console of %s, and does not outlive a scenario',
    async (name) => {
      const session = await open(name, { device: 'console', transport }, { waitPatience: 1000 });
      // A receive buffer is offered just as a buffer for entropy is.
      const { ops } = entropyRequest(session.info);
      const wait = ops.findIndex(({ op }) => op === 'wait');
      const input = (...bytes: number[]): Op => ({ op: 'host', event: { action: 'console-input', port: 0, bytes } });
      const receive = async (...extra: Op[]): Promise<{ settled: boolean; bytes: number[] }> => {
        session.log.clear();
        const rows = await session.perform([...ops.slice(0, wait), ...extra, ...ops.slice(wait)]);
        return {
          settled: kinds(session.log).includes('Settled'),
          bytes: [...session.log.payload(rows.at(-1)!)].slice(0, 4),
        };
      };
      expect(await receive(input(1, 2, 3))).toEqual({ settled: false, bytes: [1, 2, 3, 0] });
      await session.perform([input(9, 9)]);
      await session.restart();
      expect(await receive()).toEqual({ settled: true, bytes: [0, 0, 0, 0] });
      expect(await receive(input(4))).toEqual({ settled: false, bytes: [4, 0, 0, 0] });
    },
  );

  test('ports are plugged and unplugged', async () => {
    const session = await open(name, { device: 'console', transport, variant: 'multiport' });
    const port = (number: number, change: 'add' | 'remove' | 'open' | 'close'): Promise<readonly number[]> =>
      host(session, { action: 'port', port: number, change });
    expect((await port(2, 'add'))[0]).toBeGreaterThan(0);
    expect((await port(2, 'open'))[0]).toBeGreaterThan(0);
    expect((await port(2, 'close'))[0]).toBeGreaterThan(0);
    expect(await port(2, 'close'), 'a port that is closed already').toEqual([-1]);
    expect(await port(5, 'open'), 'a port that is not there').toEqual([-1]);
    expect(outcome(session.log)).toBeUndefined();
    expect(await port(2, 'add'), 'a port that is there already').toEqual([-1]);
    expect((await port(2, 'remove'))[0]).toBeGreaterThan(0);
    expect(await port(2, 'remove'), 'a port that is gone').toEqual([-1]);
    expect((await port(2, 'add'))[0]).toBeGreaterThan(0);
    const [before] = children();
    session.log.clear();
    await session.restart();
    expect(kinds(session.log)).toEqual(['PowerOn']);
    expect(children()).not.toContain(before);
  });

  test('nothing is left behind', async () => {
    const session = await open(name, { device: 'blk', transport });
    expect([children().length, directories().length]).toEqual([1, 1]);
    await session.close();
    expect([children().length, directories().length]).toEqual([0, 0]);
  });

  test('the command line starts by hand', async () => {
    const session = await open(name, { device: 'blk', transport });
    const { commandLine, preparation } = session.info;
    const script = [
      'set -e; cd "$(mktemp -d)"',
      ...preparation!,
      `printf 'readl 0x10008008\\n' | timeout 60 ${commandLine!.join(' ')} > out &`,
      'until [ -s out ]; do sleep 0.05; done; kill $!; cat out; rm -r "$PWD"',
    ].join('\n');
    expect(execFileSync('sh', ['-c', script], { encoding: 'utf8' })).toBe('OK 0x0000000000000002\n');
  });
});
