import { describe, expect, it } from 'vitest';
import { commandLineDevices } from './command-line.ts';

describe('commandLineDevices', () => {
  it.each([
    ['virtio_mmio.device=4K@0xfeb00e00:12', [[4096n, 0xfeb00e00n, 12]]],
    ['root=ld0a virtio_mmio.device=0x200@16:3:7 -v', [[512n, 16n, 3]]],
    ['virtio_mmio.device=010@020:1', [[8n, 16n, 1]]],
    [
      'virtio_mmio.device=1g@0x40000000:1 virtio_mmio.device=1@2:3',
      [
        [1n << 30n, 1n << 30n, 1],
        [1n, 2n, 3],
      ],
    ],
  ])('%s', (text, devices) => {
    expect(commandLineDevices(text).map(({ size, base, irq }) => [size, base, irq])).toEqual(devices);
  });

  it.each([
    'virtio_mmio.device=4K',
    'virtio_mmio.device=',
    'virtio_mmio.device=0@1:1',
    'virtio_mmio.device=16E@1:1',
    'virtio_mmio.device=4K@0xffffffffffffffff:1',
    'virtio_mmio.device=4K@1:1:0',
    'virtio_mmio.device=4K@1:1,',
    'virtio_mmio.device=09@1:1',
    'virtio_mmio.device=-4096@1:1',
    'virtio_mmio.device=4K@0xfffffffffffff001:1',
  ])('%s asks for nothing, and does not stop what follows', (text) => {
    expect(commandLineDevices(`${text} virtio_mmio.device=1@2:3`)).toEqual([{ size: 1n, base: 2n, irq: 3 }]);
  });

  it.each([
    [2047, 33],
    [2048, 3],
    [2049, undefined],
  ])('knows of the first 2047 characters alone: %i', (length, irq) => {
    const text = 'virtio_mmio.device=1@2:33'.padStart(length, 'x=1 ');
    expect(commandLineDevices(text)[0]?.irq).toBe(irq);
  });

  it('gives no window to two entries', () => {
    const text = 'virtio_mmio.device=4K@0x1000:5 virtio_mmio.device=512@0x1e00:6 virtio_mmio.device=512@0x2000:7';
    expect(commandLineDevices(text).map(({ irq }) => irq)).toEqual([5, 7]);
  });
});
