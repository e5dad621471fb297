import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteStream } from './stream.ts';

const bytes = (text: string): number[] => [...Buffer.from(text)];

function stream(...parts: readonly (readonly [string, boolean])[]): ByteStream {
  const made = new ByteStream(true);
  for (const [text, required] of parts) made.append(bytes(text), required);
  return made;
}

describe('byte stream', () => {
  it('delivers required bytes in order and whole', () => {
    const made = stream(['abc', true], ['def', true]);
    expect(made.consume(bytes('ab'))).toBe(2);
    expect(made.owed()).toBe(4);
    expect(made.consume(bytes('cdef'))).toBe(4);
    expect(made.owed()).toBe(0);
    expect(made.consume(bytes('x'))).toBe(0);
  });

  it('tells how much of a wrong delivery is right', () => {
    expect(stream(['abcdef', true]).consume(bytes('abd'))).toBe(2);
  });

  it('lets optional bytes be dropped anywhere, keeping all readings open', () => {
    const made = stream(['aab', false], ['ab', true]);
    expect(made.accepts(bytes('ab'))).toBe(true);
    expect(made.consume(bytes('a'))).toBe(1);
    expect(made.owed()).toBe(1);
    expect(made.consume(bytes('bab'))).toBe(3);
    expect(made.owed()).toBe(0);
    expect(stream(['ab', false], ['cd', true]).consume(bytes('bd'))).toBe(1);
  });

  it.each([false, true])('gives up where too many bytes may be dropped (emergency characters: %s)', (emergency) => {
    const many = Uint8Array.from({ length: 70_000 }, (_, i) => i % 251);
    const made = new ByteStream(false);
    made.append(many, false);
    if (emergency) made.appendSide(7);
    expect([made.consume(many), made.wild]).toEqual([many.length, true]);
    const required = new ByteStream(false);
    required.append(many, true);
    expect([required.consume(many), required.wild, required.owed()]).toEqual([many.length, false, 0]);
  });

  it('makes bytes required or optional after the fact', () => {
    const made = new ByteStream(true);
    const start = made.append(bytes('abc'), false);
    expect(made.owed()).toBe(0);
    made.require(start, 2);
    expect(made.owed()).toBe(2);
    expect(made.owed(start + 1)).toBe(1);
    made.loosen();
    expect(made.owed()).toBe(0);
    made.require(start, 3);
    expect(made.owed()).toBe(0);
    made.require(made.append(bytes('d'), false), 1);
    expect(made.owed()).toBe(1);
  });

  it('makes none required by what is said of others that have arrived', () => {
    const made = new ByteStream(true);
    const start = made.append(bytes('ab'), false);
    made.consume(bytes('ab'));
    made.append(bytes('c'), false);
    made.require(start, 1);
    expect(made.owed()).toBe(0);
  });

  it('explains just as much as there are ways to drop what may be dropped', () => {
    const sent = fc.array(fc.record({ byte: fc.constantFrom(0, 1), optional: fc.boolean() }), { maxLength: 7 });
    /** Every string that may arrive. */
    const deliveries = (parts: readonly { byte: number; optional: boolean }[]): number[][] =>
      parts.reduceRight<number[][]>(
        (rest, { byte, optional }) => [...rest.map((one) => [byte, ...one]), ...(optional ? rest : [])],
        [[]],
      );
    fc.assert(
      fc.property(sent, fc.array(fc.constantFrom(0, 1), { maxLength: 8 }), (parts, arrived) => {
        const made = new ByteStream(true);
        for (const { byte, optional } of parts) made.append([byte], !optional);
        const explained = (count: number) =>
          deliveries(parts).some(
            (one) => arrived.slice(0, count).every((byte, i) => one[i] === byte) && one.length >= count,
          );
        let most = 0;
        while (most < arrived.length && explained(most + 1)) most++;
        expect(made.consume(arrived)).toBe(most);
      }),
      { numRuns: 2000, seed: 1 },
    );
  });

  it('is forgotten up to a position', () => {
    const stream = new ByteStream(true);
    stream.append([1, 2], true);
    const { end } = stream;
    stream.append([3], true);
    stream.clear(end);
    expect(stream.consume([3])).toBe(1);
    stream.clear();
    expect(stream.owed()).toBe(0);
  });

  it('lets emergency characters come out between others', () => {
    const made = new ByteStream(false);
    made.append(bytes('ab'), true);
    made.appendSide(0x21);
    expect(made.sideOwed()).toBe(1);
    expect(made.consume(bytes('a!b'))).toBe(3);
    expect(made.sideOwed()).toBe(0);
    made.appendSide(0x3f);
    expect(made.consume(bytes('!'))).toBe(0);
    expect(made.sideOwed()).toBe(1);
  });

  it('grows, and gives up on what is too much', () => {
    const made = new ByteStream(true);
    for (let i = 0; i < 10; i++) made.append(new Uint8Array(1000).fill(i), true);
    for (let i = 0; i < 10; i++) expect(made.consume(new Uint8Array(1000).fill(i))).toBe(1000);
    made.append(new Uint8Array(1 << 19), true);
    expect(made.wild).toBe(true);
    expect(made.consume(bytes('anything'))).toBe(8);
  });
});
