/** For tests: what only a hostile driver does. */
import type { HandDriver, Ring } from '../device/hand-driver.ts';
import { Register } from '../device/registers.ts';
import { header, look, queueOf, requests, setUp, traffic } from './exercise-steps.ts';

export const ATTACKS: ((d: HandDriver, ring: Ring, at: number) => void)[] = [
  (d, r, at) => d.describe(r.desc, 0, { address: at, length: 4, flags: 3, next: 0 }),
  (d, r, at) => d.describe(r.desc, 0, { address: at, length: 4, flags: 3, next: 700 }),
  (d, r) => d.describe(r.desc, 0, { address: 0x1234_5678, length: 16, flags: 2 }),
  (d, r) => d.describe(r.desc, 0, { address: 0x1234_5678, length: 0, flags: 2 }),
  (d, r, at) => {
    d.describe(r.desc, 0, { address: at, length: 513, flags: 3, next: 1 });
    d.describe(r.desc, 1, { address: at + 600, length: 16, flags: 0 });
  },
  (d) => d.expose(700, queueOf(d)),
  (d, r) => d.set16(r.avail + 2, 900),
  (d, r, at) => {
    d.describe(at, 0, { address: at, length: 16, flags: 4 });
    d.describe(r.desc, 0, { address: at, length: 16, flags: 4 });
  },
  (d, r, at) => d.describe(r.desc, 0, { address: at, length: 17, flags: 4 }),
];

export function attack(d: HandDriver, how: number): void {
  setUp(d, [28]);
  const ring = d.rings[queueOf(d)];
  // A block request whose parts follow what the attack put into descriptor 0.
  ATTACKS[how](d, ring, d.buffer({ length: 700, bytes: header(d, 0) }));
  if (d.get16(ring.avail + 2) === 0) d.expose(0, queueOf(d));
  d.kick(queueOf(d));
  look(d);
  setUp(d, []);
  traffic(d);
}

export function oddAccesses(d: HandDriver): void {
  setUp(d, []);
  d.kick(9);
  d.readSized(0x61, 1);
  d.readSized(0x3000, 4);
  d.write(Register.MagicValue, 1);
  d.write(Register.QueueSel, 99);
  for (const offset of [Register.QueueSizeMax, Register.QueueReady]) d.read(offset);
  const queue = queueOf(d);
  d.write(Register.QueueSel, queue);
  d.write(d.legacy ? Register.QueuePFN : Register.QueueReady, 0);
  d.submit(requests(d)[0], queue);
  look(d);
  d.write(Register.QueueSel, 0);
  d.write(d.legacy ? Register.QueuePFN : Register.QueueReady, 0);
  d.write(Register.QueueSize, 0);
  if (d.legacy) {
    d.queue(0, 8, 4096);
    d.write(Register.QueuePFN, 0);
    d.write(Register.QueueAlign, 0);
    d.write(Register.QueuePFN, d.rings[0].desc / 4096);
  } else d.place(0, { ...d.rings[0], used: 16 });
  d.kick();
  look(d);
}
