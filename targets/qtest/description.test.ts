import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { parseDescription, readDescription } from './description.ts';

const schema = new URL('../../reports/schemas/qtest-target.schema.json', import.meta.url);
const validate = new Ajv().compile(JSON.parse(readFileSync(schema, 'utf8')) as object);

const valid = {
  name: 'my-vmm',
  version: '0.3',
  device: 'blk',
  transport: 'mmio-v2',
  address: '0x0a003e00',
  byteOrder: 'little',
  interrupt: 47,
  memory: { base: '0x42000000', size: 0x100000 },
  claims: { serial: 'VIRTCHECK', capacity: 128 },
};

const withoutInterrupt = Object.fromEntries(Object.entries(valid).filter(([name]) => name !== 'interrupt'));

describe('qtest description', () => {
  test.each([
    ['a plain one', valid],
    ['named line', { ...valid, interrupt: 'virtio', intercept: '/machine/gic' }],
    ['no line', { ...valid, interrupt: null, mode: 'le' }],
  ])('%s is valid for the schema and for us', (_name, description) => {
    expect(validate(description), JSON.stringify(validate.errors)).toBe(true);
    const parsed = parseDescription(description, 'test');
    expect(parsed.address).toBe(0x0a003e00);
    expect(parsed.memory).toEqual({ base: 0x42000000, size: 0x100000 });
    expect(parsed.interrupt).toBe(description.interrupt === null ? null : String(description.interrupt));
  });

  test.each([
    ['device', { ...valid, device: 'net' }, '"device" must be one of "blk", "console", "rng", not "net"'],
    ['misspelt field', { ...valid, adress: 1 }, '"adress" is unknown; known are '],
    ['missing line', withoutInterrupt, '"interrupt" is missing: the number or name of a line, or null'],
    [
      'address',
      { ...valid, address: '0a00' },
      '"address" must be a whole number or a text like "0x0a000000", not "0a00"',
    ],
    ['byte order', { ...valid, byteOrder: 'be' }, '"byteOrder" must be one of "little", "big", not "be"'],
    ['claim', { ...valid, claims: { readonly: true } }, '"claims.readonly" is unknown; known are maxChain, '],
    [
      'claim type',
      { ...valid, claims: { capacity: '128' } },
      '"claims.capacity" must be a whole number of at least 0, not "128"',
    ],
    ['memory', { ...valid, memory: { base: 0 } }, '"memory.size" is missing: '],
  ])('wrong %s is refused by the schema and by us', (_name, description, message) => {
    expect(validate(description)).toBe(false);
    expect(() => parseDescription(description, 'test')).toThrow(message);
  });

  test('lists every problem at once', () => {
    expect(() => parseDescription({}, 'x.json')).toThrow(
      /^x\.json does not describe a qtest target:\n(?: {2}- ".*" is missing.*\n?){8}$/,
    );
  });

  test('says why a file can not be read', () => {
    expect(() => readDescription('/no/such/file.json')).toThrow(/can't be read: ENOENT/);
    expect(() => readDescription(new URL('description.ts', import.meta.url).pathname)).toThrow(/is not JSON/);
  });
});
