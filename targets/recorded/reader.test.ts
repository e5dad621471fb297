import { describe, expect, it } from 'vitest';
import { LONGEST_LINE } from './line-splitter.ts';
import { RecordingReader } from './reader.ts';
import type { RecordingSink } from './sink.ts';

/** What reached the sink, in words. */
class Notes implements RecordingSink {
  readonly notes: string[] = [];
  access(...[did, address, size, value, notation, region, line]: Parameters<RecordingSink['access']>): void {
    this.notes.push(
      `${line}: ${did} ${address.toString(16)}.${size} = ${value.toString(16)} (${notation}, ${region ?? '-'})`,
    );
  }
  memory(did: string, address: number, bytes: Uint8Array, line: number): void {
    this.notes.push(`${line}: memory ${did} ${address.toString(16)} ${Buffer.from(bytes).toString('hex')}`);
  }
  named(device: string): void {
    this.notes.push(`named ${device}`);
  }
  notifying(device: string): void {
    this.notes.push(`notifying ${device}`);
  }
  interrupt(level: number, line: number): void {
    this.notes.push(`${line}: irq ${level}`);
  }
  powerOn(line: number): void {
    this.notes.push(`${line}: power on`);
  }
  other(kind: string): void {
    this.notes.push(`other ${kind}`);
  }
  malformed(reason: string, line: number): void {
    this.notes.push(`${line}: malformed: ${reason}`);
  }
}

function read(text: string | Buffer, chunk = Infinity): string[] {
  const sink = new Notes();
  const reader = new RecordingReader(sink);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += chunk) reader.push(bytes.subarray(at, at + chunk));
  reader.end();
  return sink.notes;
}

const WRITE = "memory_region_ops_write cpu 0 mr 0x5 addr 0xfeb02e70 value 0x1 size 4 name 'virtio-mmio'";

describe('a QEMU trace', () => {
  it('has accesses with address, value, size and region', () => {
    expect(read(`${WRITE}\n`)).toEqual(['1: wrote feb02e70.4 = 1 (register, virtio-mmio)']);
  });

  it('may have time stamps and end without a newline, in either kind of line end', () => {
    expect(read(`123@1700000000.000123:${WRITE}\r\n${WRITE}`)).toHaveLength(2);
  });

  it('shows only as much of a value as the bus carries', () => {
    const line = "memory_region_ops_read cpu 0 mr 0x5 addr 0x10 value 0x10130006e54 size 4 name 'virtio-mmio'";
    expect(read(line)).toEqual(['1: read 10.4 = 30006e54 (register, virtio-mmio)']);
  });

  it('names devices and tells of interrupts', () => {
    const lines = [
      'virtio_set_status vdev 0x55c3 val 1',
      'virtio_notify vdev 0x55c3 vq 0x7f',
      'virtio_mmio_setting_irq virtio_mmio setting IRQ 1',
    ];
    expect(read(lines.join('\n')).filter((note) => !note.startsWith('other'))).toEqual([
      'named 0x55c3',
      'notifying 0x55c3',
      '3: irq 1',
    ]);
  });

  it('that is cut off in a line says so, with the line', () => {
    expect(read(`${WRITE}\n${WRITE.slice(0, 60)}`).at(-1)).toMatch(/^2: malformed: .*only a part/);
  });
});

describe('qtest', () => {
  it('with answers, pipelined or not', () => {
    const log = '[I 0.0] OPENED\n[R +0.1] readl 0x100\n[R +0.2] readl 0x104\n[S +0.3] OK 0x74726976\n[S +0.4] OK 0x2\n';
    expect(read(log)).toEqual([
      'other qtest connection',
      '1: '.replace('1', '2') + 'read 100.4 = 74726976 (cpu, -)',
      '3: read 104.4 = 2 (cpu, -)',
    ]);
  });

  it('keeps the order of commands while answers are out, and drops what was refused', () => {
    expect(read('readl 0x0\nwritel 0x70 0x0\nOK 0x1\nOK\nwritel 0x74 0x0\nFAIL Unknown\n')).toEqual([
      '1: read 0.4 = 1 (cpu, -)',
      '2: wrote 70.4 = 0 (cpu, -)',
      'other qtest refusal',
    ]);
  });

  it('as a script of ours has the answers in comments', () => {
    expect(read('# MagicValue -> 0x74726976\nreadl 0x0\n# -> 0x0102\nread 0x40 2\nwrite 0x40 2 0x0304\n')).toEqual([
      '2: read 0.4 = 74726976 (cpu, -)',
      '4: memory read 40 0102',
      '5: memory wrote 40 0304',
    ]);
  });

  it('without any answers has reads of unknown value', () => {
    expect(read('readl 0x0\nwritel 0x70 0x1\n')).toEqual(['1: read 0.4 = NaN (cpu, -)', '2: wrote 70.4 = 1 (cpu, -)']);
    const long = read('writel 0x70 0x1\n'.repeat(1000));
    expect(long).toHaveLength(1000);
  });

  it('is told from lines that only begin like it', () => {
    expect(read('read the manual\nwritel 0x70\n')).toEqual(['other read', '2: malformed: a write without a value']);
  });

  it('refuses memory that no line can hold', () => {
    expect(read('write 0x0 999999999 0x00\n')[0]).toMatch(/malformed: a length/);
  });
});

describe('a trace of ours', () => {
  it('is read event by event', () => {
    expect(
      read('power-on\nw 070 4 0x0000000f\nr 070 4 = 0x0000000f\nstore 0x40 0102\nirq 1\nsettled idle\nr 070 3 = 0\n'),
    ).toEqual([
      '1: power on',
      '2: wrote 70.4 = f (bytes, virtcheck trace)',
      '3: read 70.4 = f (bytes, virtcheck trace)',
      '4: memory wrote 40 0102',
      '5: irq 1',
      'other settled',
      'other r',
    ]);
    expect(read('w 070 4 zzz\n')[0]).toMatch(/malformed: a value expected/);
  });
});

describe('anything else', () => {
  it('is counted by kind', () => {
    expect(read('pci_cfg_read dev 1\n\n\u0000\u0001\n42 is the answer\n')).toEqual([
      'other pci_cfg_read',
      'other (empty line)',
      'other (binary data)',
      'other (other text)',
    ]);
  });

  it('of any length is passed over in bounded memory', () => {
    const long = Buffer.concat([Buffer.alloc(3 * LONGEST_LINE, 'x'), Buffer.from(`\n${WRITE}\n`)]);
    expect(read(long, 1000)).toEqual([
      expect.stringMatching(/^1: malformed: a line of \d+ bytes/),
      '2: wrote feb02e70.4 = 1 (register, virtio-mmio)',
    ]);
  });

  it('is read alike however it arrives', () => {
    const text = `${WRITE}\nreadl 0x0\nOK 0x1\njunk\n${WRITE}`;
    for (const chunk of [1, 2, 7, 50]) expect(read(text, chunk)).toEqual(read(text));
  });
});
