import { describe, expect, it } from 'vitest';
import { Report } from '../report.ts';
import { endiannessMode, type Transport } from '../setup.ts';
import { DeclaredFields } from './declared-fields.ts';

const FIELDS = [
  { name: 'capacity', offset: 0, width: 8 },
  { name: 'size_max', offset: 8, width: 4 },
  { name: 'cols', offset: 12, width: 2 },
];

function judge(
  config?: Readonly<Record<string, number>>,
  transport: Transport = 'mmio-v2',
): { fields: DeclaredFields; broken(): string[] } {
  const report = new Report();
  const fields = new DeclaredFields(
    {
      device: 'blk',
      transport,
      mode: endiannessMode('le', transport),
      memory: { base: 0, size: 4096 },
      observesDeviceStores: true,
      observesInterrupt: true,
      claims: { config },
    },
    report,
    FIELDS,
  );
  return { fields, broken: () => report.violations.splice(0).map(({ clause, seen }) => `${clause}: ${seen}`) };
}

describe('fields that the target declares', () => {
  it('read as declared', () => {
    const { fields, broken } = judge({ capacity: 128, size_max: 4096 });
    fields.field('capacity', 128n);
    fields.field('size_max', 4096n);
    fields.field('cols', 7n);
    expect(broken()).toEqual([]);
    fields.field('size_max', 0n);
    expect(broken()).toEqual(['untagged.basic.6: 0']);
  });

  it('are not judged where nothing is declared', () => {
    const { fields, broken } = judge();
    fields.field('size_max', 0n);
    expect(broken()).toEqual([]);
  });

  it('break the clause on byte order where their bytes are in the opposite one', () => {
    const { fields, broken } = judge({ size_max: 4096 });
    fields.field('size_max', 0x0010_0000n);
    expect(broken()).toEqual([`untagged.basic.2: ${0x0010_0000}`]);
    fields.field('size_max', 0x0010_0001n);
    expect(broken()).toEqual([`untagged.basic.6: ${0x0010_0001}`]);
    const legacy = judge({ size_max: 4096 }, 'mmio-v1');
    legacy.fields.field('size_max', 0x0010_0000n);
    expect(legacy.broken()).toContain(`blk.device.legacy-device-configuration-layout.1: ${0x0010_0000}`);
  });

  it('may be changed by the host, and no others with them', () => {
    const { fields, broken } = judge({ capacity: 128, size_max: 4096, cols: 80 });
    fields.host({ action: 'resize-disk', sectors: 64 });
    fields.field('capacity', 64n);
    expect(broken()).toEqual([]);
    fields.field('cols', 81n);
    expect(broken()).toHaveLength(1);
    fields.powerOn();
    fields.field('capacity', 64n);
    expect(broken()).toHaveLength(1);
  });
});
