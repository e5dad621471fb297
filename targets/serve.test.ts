import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { emulatorCombinations } from './emulator-target.ts';
import { kinds, logged, outcome, requestEntropy } from './fixtures/drive.ts';
import { createQtestTarget } from './qtest-target.ts';
import { serve, type ServeOptions } from './serve.ts';
import { TargetUnavailable, type AsyncSession } from './target.ts';

const directory = mkdtempSync(join(tmpdir(), 'virtcheck-serve-test-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Serves a device and opens it as a `qtest:` target. */
async function serveAndOpen(
  options: Partial<ServeOptions> = {},
  { waitPatience = 2000, patience = 10_000 } = {},
): Promise<AsyncSession> {
  const serving = await serve({ listen: 'tcp:127.0.0.1:0', device: 'rng', transport: 'mmio-v2', ...options });
  cleanups.push(() => serving.close());
  const describe = join(directory, 'description.json');
  writeFileSync(describe, JSON.stringify(serving.description));
  const target = createQtestTarget(serving.address, { describe, patience, waitPatience });
  const session = (await target.open(target.combinations[0])) as AsyncSession;
  cleanups.push(() => session.close());
  return session;
}

/** A raw client: sends text and returns what came until `lines` lines are there. */
async function raw(address: string) {
  const [, host, port] = address.split(':');
  const socket: Socket = connect(Number(port), host);
  await new Promise((resolve) => socket.once('connect', resolve));
  cleanups.push(() => socket.destroy());
  let text = '';
  socket.on('data', (data: Buffer) => (text += data.toString('latin1')));
  return async (commands: string, lines: number): Promise<string[]> => {
    text = '';
    socket.write(commands);
    while (text.split('\n').length <= lines) await new Promise((resolve) => socket.once('data', resolve));
    return text.split('\n').slice(0, -1);
  };
}

describe('serve', () => {
  const entropy = emulatorCombinations().filter(({ device }) => device === 'rng');
  const cases = entropy
    .filter(({ variant }) => variant !== 'small-queue')
    .map((c) => [`${c.transport} ${c.variant}`, c]);
  test.each(cases as [string, (typeof entropy)[number]][])(
    '%s round trip',
    async (_name, { transport, variant, mode }) => {
      const session = await serveAndOpen({ transport, variant });
      expect(session.info.mode).toEqual(mode);
      const { status, levels, bytes } = await requestEntropy(session);
      expect(status).toBe(logged(1, mode.registers));
      expect(levels).toEqual([1, 0]);
      expect(bytes.some((byte) => byte !== 0)).toBe(true);
      expect(outcome(session.log)).toBeUndefined();
    },
  );

  test('every connection gets a device at power-on', async () => {
    const session = await serveAndOpen();
    await requestEntropy(session);
    await session.restart();
    const [live] = await session.perform([{ op: 'read', offset: 0x70, size: 4 }]);
    expect(session.log.value[live]).toBe(15);
    session.log.clear();
    await session.restart(true);
    const [fresh] = await session.perform([{ op: 'read', offset: 0x70, size: 4 }]);
    expect(session.log.value[fresh]).toBe(0);
    expect(kinds(session.log)).toEqual(['PowerOn', 'RegRead']);
  });

  test('a wait that runs out shows the last value and that time was given', async () => {
    const session = await serveAndOpen({}, { waitPatience: 30 });
    const address = session.info.memory.base;
    const rows = await session.perform([
      { op: 'store', address, bytes: Uint8Array.of(5, 0) },
      { op: 'wait', address, value: 5 },
      { op: 'wait', address, value: 6 },
      { op: 'wait-register', offset: 4, size: 4, mask: 0xff, want: 2 },
      { op: 'wait-register', offset: 4, size: 4, mask: 0xff, want: 3 },
      { op: 'settle' },
    ]);
    expect(kinds(session.log)).toEqual([
      ...['PowerOn', 'Store', 'Load', 'Load', 'Settled'],
      ...['RegRead', 'RegRead', 'Settled'],
    ]);
    expect(rows).toEqual([1, 2, 3, 5, 6, -1]);
    expect([...session.log.payload(3)]).toEqual([5, 0]);
    expect(session.log.value[4]).toBe(0);
  });

  test('runs of bytes of every length arrive whole', async () => {
    const session = await serveAndOpen();
    const address = session.info.memory.base + 3;
    const pattern = (size: number): Uint8Array => Uint8Array.from({ length: size }, (_, i) => (i * 7) & 0xff);
    const runs = [0, 1, 15, 16, 63, 64, 65, 5000, 300_000].map(pattern);
    for (const bytes of [...runs, new Uint8Array(100), new Uint8Array(3), new Uint8Array(20).fill(0xfe)]) {
      const size = bytes.length;
      const [, row] = await session.perform([
        { op: 'store', address, bytes },
        { op: 'load', address, size },
      ]);
      expect(Buffer.from(session.log.payload(row)).equals(bytes)).toBe(true);
    }
  });

  test.each([
    ['die', /^died: connection closed/],
    ['hang', /^hung: no reply to "readl 0xa000000" within 300 ms/],
    ['flood', /^protocol-error: a line of more than \d+ bytes: "x+\.\.\."/],
    ['garbage', /^protocol-error: no OK in reply .*this is not qtest/],
  ])('survives an endpoint that goes wrong: %s', async (kind, evidence) => {
    const patience = kind === 'hang' ? 300 : undefined;
    const session = await serveAndOpen({ misbehave: `${kind}-after:5` }, { patience });
    const read = { op: 'read', offset: 0, size: 4 } as const;
    session.log.clear();
    const rows = await session.perform(new Array(10).fill(read));
    expect(outcome(session.log)).toMatch(evidence);
    // Two commands went into getting acquainted.
    expect(rows).toEqual([0, 1, 2, -1, -1, -1, -1, -1, -1, -1]);
    expect(await session.perform([read])).toEqual([-1]);
    expect(kinds(session.log)).toEqual(['RegRead', 'RegRead', 'RegRead', 'Outcome']);
    await session.restart();
    expect((await session.perform([read]))[0]).toBeGreaterThan(0);
  });

  test('what killed the device is in the trace', async () => {
    const session = await serveAndOpen({ misbehave: 'die-after:3' });
    session.log.clear();
    await session.perform([
      { op: 'read', offset: 0, size: 4 },
      { op: 'write', offset: 0x50, size: 4, value: 7 },
      { op: 'read', offset: 0, size: 4 },
    ]);
    expect(kinds(session.log)).toEqual(['RegRead', 'RegWrite', 'Outcome']);
  });

  test('bad lines get FAIL and hurt nobody', async () => {
    const serving = await serve({ listen: 'tcp:127.0.0.1:0', device: 'rng', transport: 'mmio-v2' });
    cleanups.push(() => serving.close());
    const send = await raw(serving.address);
    const bad = ['hello', '', 'readl', 'readl x', 'writel 0xa000000', 'read 0x40000000 0', 'write 0x40000000 1 zz'];
    const replies = await send(`${bad.join('\n')}\n`, bad.length);
    expect(replies.every((reply) => reply.startsWith('FAIL '))).toBe(true);
    expect(await send('readl 0xa000000\nmemset 0x40000000 3 0x41\nread 0x40000000 4\nclock_step 5\n', 4)).toEqual([
      'OK 0x0000000074726976',
      'OK',
      'OK 0x41414100',
      'OK 5',
    ]);
    expect(await send('readq 0xdead0000\nwritew 0x40000001 0x1234\nreadb 0x40000001\n', 3)).toEqual([
      'OK 0x0000000000000000',
      'OK',
      'OK 0x0000000000000034',
    ]);
  });

  test('serves standard streams', async () => {
    const input = new PassThrough();
    const output = new PassThrough();
    const streams = { input, output };
    const serving = await serve({
      listen: 'stdio',
      device: 'blk',
      transport: 'mmio-v1',
      variant: 'be-legacy',
      streams,
    });
    const reply = new Promise((resolve) => output.once('data', (data: Buffer) => resolve(data.toString())));
    input.write('endianness\nreadl 0xa000000\n');
    expect(await reply).toBe('OK big\nOK 0x0000000074726976\n');
    input.end();
    await serving.ended;
  });

  test('says what it can not do', async () => {
    const base = { device: 'rng', transport: 'mmio-v2' } as const;
    await expect(serve({ ...base, listen: 'exec:x' })).rejects.toThrow(TargetUnavailable);
    await expect(serve({ ...base, listen: 'unix:/no/such/directory/s' })).rejects.toThrow(/can't listen on unix/);
    await expect(serve({ ...base, listen: 'stdio', variant: 'nope' })).rejects.toThrow(
      /has no variant nope; it has default/,
    );
    await expect(serve({ ...base, listen: 'stdio', misbehave: 'x' })).rejects.toThrow(/unknown misbehaviour/);
  });
});
