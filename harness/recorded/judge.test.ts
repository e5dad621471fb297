/** Recordings as files: hostile ones too, of which the verdicts up to the trouble are kept. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, describe, expect, it } from 'vitest';
import { parseExpectations } from '../expectations.ts';
import { judgeFile, judgeStream } from './judge.ts';
import { BASE, legacyDriver, modernDriver, qemuLog, qtestLog } from './testing/notation.ts';

const folder = mkdtempSync(join(tmpdir(), 'virtcheck-recorded-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function file(content: string | Buffer): string {
  const path = join(folder, `recording-${String(files++)}`);
  writeFileSync(path, content);
  return path;
}
const judge = (text: string | Buffer, options?: Parameters<typeof judgeStream>[2]) =>
  judgeStream('test', Readable.from([Buffer.from(text)]), options);

const GOOD = qemuLog(modernDriver());
const OTHER = qemuLog(legacyDriver(), BASE + 0x200);

describe('devices are told apart', () => {
  it('by their windows, in one stream', async () => {
    const a = GOOD.trimEnd().split('\n');
    const b = OTHER.trimEnd()
      .split('\n')
      .filter((line) => !line.includes('setting_irq'));
    const mixed = a.flatMap((line, i) => [line, ...(i < b.length ? [b[i]] : [])]).join('\n');
    const { devices } = await judge(mixed.replaceAll(/virtio_mmio_setting_irq.*\n/g, ''));
    expect(devices.map(({ base, transport, mistakes }) => [base, transport, mistakes])).toEqual([
      [BASE, 'mmio-v2', []],
      [BASE + 0x200, 'mmio-v1', []],
    ]);
  });

  it('from other traffic, which is counted by region', async () => {
    const serial = "memory_region_ops_write cpu 0 mr 0x5 addr 0x3f8 value 0x41 size 1 name 'serial'\n";
    const { devices, unused } = await judge(serial.repeat(3) + GOOD);
    expect(devices).toHaveLength(1);
    expect(unused).toContainEqual({ kind: 'memory_region_ops_write serial', lines: 3 });
  });

  it('in qtest by a MagicValue that was read, or where the user says', async () => {
    const steps = modernDriver({ WORK: 'W070=f R070=f' });
    expect((await judge(qtestLog(steps))).devices).toMatchObject([{ base: BASE, mistakes: [] }]);
    const blind = qtestLog(steps).replaceAll(/^\[S .*\n/gm, '');
    expect((await judge(blind, { windows: [{ base: BASE, size: 0x200 }] })).devices).toMatchObject([
      { base: BASE, deviceId: null, transport: 'mmio-v2', mistakes: [] },
    ]);
    expect((await judge(blind)).devices).toMatchObject([{ base: BASE }]);
  });

  it('by interrupts that QEMU names', async () => {
    const work = (base: number, vdev: string): string =>
      qemuLog('W050=0', base) + `virtio_queue_notify vdev ${vdev} n 0 vq 0x1\n`;
    const up = modernDriver({ WORK: 'W070=f', STOP: '' });
    const raise = (vdev: string): string =>
      `virtio_notify vdev ${vdev} vq 0x1\nvirtio_mmio_setting_irq virtio_mmio setting IRQ 1\n`;
    const other = BASE + 0x200;
    const text =
      qemuLog(up) + qemuLog(up, other) + work(BASE, '0xa') + work(other, '0xb') + raise('0xb') + qemuLog('W064=1');
    // The interrupt is not this device's, so nothing says that it should have looked; but it acknowledged unseen bits.
    const first = await judge(text);
    expect(first.devices.map(({ mistakes }) => mistakes.map(({ clause }) => clause))).toEqual([
      ['mmio.driver.register-layout.19'],
      [],
    ]);
    const second = await judge(text + raise('0xa') + qemuLog('W064=1'));
    expect(second.devices[0].mistakes.map(({ clause }) => clause)).toContain(
      'mmio.driver.notifications-from-the-device.1',
    );
  });
});

describe('a recording that begins late', () => {
  const late = `W050=0 R060=1 W064=1 W038=8 ${modernDriver({ PROBE: '' })}`;

  it('is judged from the first reset of each device on', async () => {
    const { devices } = await judge(qemuLog(late));
    expect(devices).toMatchObject([{ begunInUse: true, mistakes: [] }]);
  });

  it('can be declared so', async () => {
    const text = qemuLog(modernDriver({ PROBE: '' }));
    expect((await judge(text)).devices[0].mistakes).toMatchObject([{ clause: 'mmio.driver.device-initialization.1' }]);
    expect((await judge(text, { attached: true })).devices[0].mistakes).toEqual([]);
  });
});

describe('memory', () => {
  it('of a qtest script is judged with the registers', async () => {
    const steps = modernDriver({ WORK: 'W070=f', STOP: '' }).replaceAll('2a5', '4005');
    // A descriptor whose chain leads back to itself, and an available ring that exposes it.
    const loop = '00800540000000001000000001000000';
    const rings = `write 0x40050000 16 0x${loop}\nOK\nwrite 0x40054000 6 0x000001000000\nOK\n`;
    const path = file(qtestLog(steps) + rings);
    const [device] = (await judgeFile(path)).devices;
    expect(device.memory).toBe(true);
    expect(device.mistakes.map(({ clause }) => clause)).toEqual(['split.driver.virtqueue-descriptor-table.1']);
  });
});

describe('a trace file of ours', () => {
  it('says itself what it is of', async () => {
    const target = {
      name: 'x',
      version: '1',
      device: 'rng',
      transport: 'mmio-v2',
      variant: 'default',
      mode: 'le',
      faults: [],
    };
    const events = [
      'power-on',
      'w 070 4 0x00000000',
      'r 070 4 = 0x00000000',
      'store 0x40000000 0102',
      'w 050 4 0x00000000',
    ];
    const trace = {
      ...{ schema: 'virtcheck-trace/1', virtcheck: '0', target, seed: 1, clause: 'untagged.mmio.7' },
      ...{ expected: '', seen: '', state: '', scenario: { actions: [] }, events },
    };
    const { devices } = await judgeFile(file(JSON.stringify(trace)));
    expect(devices).toMatchObject([{ name: 'rng', base: 0, transport: 'mmio-v2', memory: true }]);
    expect(devices[0].mistakes.map(({ clause }) => clause)).toEqual([
      'mmio.driver.device-initialization.1',
      'init.driver.device-initialization.7',
    ]);
  });

  it('that is broken says where', async () => {
    const path = file('{"schema": "virtcheck-trace/1", "target"');
    await expect(judgeFile(path)).rejects.toThrow(/not a trace file of virtcheck/);
  });
});

describe('a hostile file', () => {
  it('that does not exist, or holds nothing, says so', async () => {
    await expect(judgeFile(join(folder, 'nowhere'))).rejects.toThrow(/nowhere: cannot be read: .*ENOENT/);
    await expect(judgeFile(folder)).rejects.toThrow(/cannot be read: .*EISDIR/);
    expect(await judgeFile(file(''))).toMatchObject({ devices: [], source: { bytes: 0, lines: 0 } });
  });

  it('of garbage names no device and counts what it saw', async () => {
    const garbage = Buffer.from(Array.from({ length: 200_000 }, (_, i) => (Math.imul(i, 0x9e3779b1) >>> 13) & 0xff));
    const { devices, unused } = await judge(garbage);
    expect(devices).toEqual([]);
    expect(unused.reduce((sum, { lines }) => sum + lines, 0)).toBeGreaterThan(100);
    expect(unused.length).toBeLessThan(600);
  });

  it('that is cut keeps the verdicts, with line and reason', async () => {
    const lines = GOOD.split('\n');
    const cut = lines.slice(0, 20).join('\n') + '\n' + lines[20].slice(0, 40);
    const result = await judge(cut);
    expect(result.devices[0].totals.pass).toBeGreaterThan(10);
    expect(result.warnings).toMatchObject([{ line: 21 }]);
  });

  it('whose stream breaks off keeps the verdicts', async () => {
    const stream = Readable.from(
      (function* () {
        yield Buffer.from(GOOD);
        throw new Error('the disk is on fire');
      })(),
    );
    const result = await judgeStream('test', stream);
    expect(result.source.ended).toMatch(/on fire/);
    expect(result.devices[0].totals.pass).toBeGreaterThan(25);
  });

  it.each([
    ['duplicated', (lines: string[]) => lines.flatMap((line) => [line, line])],
    ['reversed', (lines: string[]) => lines.toReversed()],
    ['shuffled', (lines: string[]) => lines.map((_, i) => lines[(i * 7919) % lines.length])],
  ])('with its lines %s is judged to its end', async (_, change) => {
    const { devices } = await judge(change(GOOD.trimEnd().split('\n')).join('\n'));
    expect(devices).toHaveLength(1);
  });

  it('with a device at every address is held at a bound', async () => {
    const lines = Array.from({ length: 5000 }, (_, i) => qemuLog('W070=0', 0x1000_0000 + 0x200 * i));
    const { devices, unused } = await judge(lines.join(''));
    expect(devices).toHaveLength(1024);
    expect(unused[0].lines).toBe(5000 - 1024);
  });

  it('that breaks a rule a million times keeps a few occurrences', async () => {
    const { devices } = await judge(GOOD + qemuLog('W034=1').repeat(100_000));
    const [mistake] = devices[0].mistakes;
    expect(mistake).toMatchObject({ clause: 'mmio.driver.register-layout.2', times: 100_000 });
    expect(mistake.occurrences).toHaveLength(3);
  });
});

describe('recorded deviations', () => {
  const declined = qemuLog(legacyDriver({ LEGACY_SELECT: 'W024=0 W020=30000a54' }));
  const expectations = parseExpectations(
    {
      schema: 'virtcheck-expectations/1',
      target: 'x',
      expectations: ['reserved.driver.legacy-reserved-feature-bits.1', 'basic.driver.legacy-feature-bits.3'].map(
        (clause) => ({
          clause,
          version: '6.1',
          explanation: 'known',
        }),
      ),
    },
    'x.json',
  );

  it('are expected, of the version they were seen on', async () => {
    const known = await judge(declined, { expectations, version: '6.1.0-1' });
    expect(known.devices[0].totals).toMatchObject({ fail: 0, expected: 2 });
    const unknown = await judge(declined, { expectations, version: '7.0' });
    expect(unknown.devices[0].totals).toMatchObject({ fail: 2, expected: 0 });
  });

  it('that are gone are stale', async () => {
    const { devices } = await judge(qemuLog(legacyDriver()), { expectations, version: '6.1' });
    expect(devices[0].staleExpectations).toContain('reserved.driver.legacy-reserved-feature-bits.1');
  });
});
