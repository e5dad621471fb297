/**
 * Accesses that the register tables do not provide for (4.2.2.2): no register there, the wrong direction, or not an
 * aligned 32-bit access. A device has to survive them; what it answers means nothing. Only a malformed *write* that
 * touches a register voids something: whether it took effect cannot be known.
 */
import type { MmioContext } from './context.ts';
import { REG, registerAt, registerName, registersTouched } from './layout.ts';

/** What an unknown effect on a register makes unknowable. */
export type Scrambles = 'nothing' | 'acknowledgement' | 'queue' | 'device';

/** A read for which no model has an expectation. */
export function judgeOddRead(context: MmioContext, offset: number, size: number): void {
  const { transport } = context.setup;
  const name = registerName(transport, offset);
  if (malformed(offset, size)) {
    const touched = registersTouched(transport, offset, size).length > 0;
    const id = touched ? 'mmio.driver.register-layout.4' : 'mmio.driver.register-layout.1';
    context.breakNothing(id, `read ${String(size)} bytes at ${name}`);
  } else if (registerAt(transport, offset)?.access === 'W') {
    context.breakNothing('mmio.driver.register-layout.3', `read ${name}, which is write-only`);
  } else {
    context.breakNothing('mmio.driver.register-layout.1', `read ${name}, which is no register`);
  }
}

/** A write that no model understands: says what it makes unknowable. */
export function judgeOddWrite(context: MmioContext, offset: number, size: number): Scrambles {
  const { transport } = context.setup;
  const name = registerName(transport, offset);
  if (!malformed(offset, size)) {
    if (registerAt(transport, offset)?.access === 'R') {
      context.breakNothing('mmio.driver.register-layout.2', `wrote ${name}, which is read-only`);
    } else {
      context.breakNothing('mmio.driver.register-layout.1', `wrote ${name}, which is no register`);
    }
    return 'nothing';
  }
  let scrambles: Scrambles = 'nothing';
  const touched = registersTouched(transport, offset, size);
  for (const { offset: at, access, perQueue } of touched) {
    if (access === 'R' || at === REG.QueueNotify || at === REG.SHMSel) continue;
    if (at === REG.InterruptACK) scrambles = worse(scrambles, 'acknowledgement');
    else scrambles = worse(scrambles, perQueue ? 'queue' : 'device');
  }
  if (scrambles === 'device') {
    context.breakDevice('mmio.driver.register-layout.4', `wrote ${String(size)} bytes at ${name}`);
  } else if (scrambles !== 'queue') {
    const id = touched.length > 0 ? 'mmio.driver.register-layout.4' : 'mmio.driver.register-layout.1';
    context.breakNothing(id, `wrote ${String(size)} bytes at ${name}`);
  }
  return scrambles;
}

function malformed(offset: number, size: number): boolean {
  return size !== 4 || offset % 4 !== 0;
}

const ORDER: readonly Scrambles[] = ['nothing', 'acknowledgement', 'queue', 'device'];

function worse(a: Scrambles, b: Scrambles): Scrambles {
  return ORDER.indexOf(a) >= ORDER.indexOf(b) ? a : b;
}
