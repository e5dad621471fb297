import { describe, expect, it } from 'vitest';
import { featureName } from '../status/feature-bits.ts';
import { statusNames } from '../status/status-bits.ts';
import { REGISTERS, registerAt, registerName, registersTouched } from './layout.ts';

describe('register tables', () => {
  it('have the registers of 4.2.2 and 4.2.4, each at an offset of its own', () => {
    expect(REGISTERS['mmio-v2'].map((r) => r.offset)).toEqual([
      0x00, 0x04, 0x08, 0x0c, 0x10, 0x14, 0x20, 0x24, 0x30, 0x34, 0x38, 0x44, 0x50, 0x60, 0x64, 0x70, 0x80, 0x84, 0x90,
      0x94, 0xa0, 0xa4, 0xac, 0xb0, 0xb4, 0xb8, 0xbc, 0xc0, 0xfc,
    ]);
    expect(REGISTERS['mmio-v1'].map((r) => r.offset)).toEqual([
      0x00, 0x04, 0x08, 0x0c, 0x10, 0x14, 0x20, 0x24, 0x28, 0x30, 0x34, 0x38, 0x3c, 0x40, 0x50, 0x60, 0x64, 0x70,
    ]);
  });

  it('know directions, queues and resets', () => {
    expect(registerAt('mmio-v2', 0x44)).toMatchObject({ access: 'RW', perQueue: true, reset: 'zero' });
    expect(registerAt('mmio-v2', 0x80)).toMatchObject({ access: 'W', perQueue: true });
    expect(registerAt('mmio-v1', 0x44)).toBeUndefined();
    expect(registersTouched('mmio-v2', 0x6e, 4).map((r) => r.name)).toEqual(['Status']);
    expect(registersTouched('mmio-v2', 0x60, 8).map((r) => r.name)).toEqual(['InterruptStatus', 'InterruptACK']);
  });
});

describe('names', () => {
  it('name registers by layout', () => {
    expect(registerName('mmio-v2', 0x10)).toBe('DeviceFeatures');
    expect(registerName('mmio-v1', 0x10)).toBe('HostFeatures');
    expect(registerName('mmio-v2', 0x71)).toBe('Status+1');
    expect(registerName('mmio-v2', 0x28)).toBe('0x028?');
    expect(registerName('mmio-v2', 0x108)).toBe('Config+0x8');
  });

  it('name status and feature bits', () => {
    expect(statusNames(0)).toBe('0');
    expect(statusNames(15)).toBe('ACKNOWLEDGE|DRIVER|DRIVER_OK|FEATURES_OK');
    expect(statusNames(0x60)).toBe('DEVICE_NEEDS_RESET|0x20');
    expect(featureName(43)).toBe('SUSPEND');
    expect(featureName(5)).toBe('bit 5');
  });
});
