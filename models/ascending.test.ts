import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { Ascending } from './ascending.ts';

describe('entries by ascending key', () => {
  it('are those of a map, in the order of their keys', () => {
    const operation = fc.record({ what: fc.constantFrom('add', 'add', 'delete', 'clear'), key: fc.nat(40) });
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
        const list = new Ascending<string>();
        const map = new Map<number, string>();
        for (const { what, key } of operations) {
          if (what === 'clear') {
            list.clear();
            map.clear();
          } else if (what === 'delete') {
            expect(list.delete(key)).toBe(map.delete(key));
          } else if (!map.has(key)) {
            list.add(key, `value ${key}`);
            map.set(key, `value ${key}`);
          }
          const sorted = [...map].sort(([one], [other]) => one - other);
          const entries = Array.from({ length: list.size }, (_, i) => [list.keyAt(i), list.valueAt(i)]);
          expect(entries).toEqual(sorted);
          expect(list.get(key)).toBe(map.get(key));
        }
      }),
    );
  });
});
