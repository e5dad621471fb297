import { describe, expect, it } from 'vitest';
import type { DriverStep } from '../../emulator/driver/observer.ts';
import { EventLog } from '../../models/trace/event-log.ts';
import { Recorder } from './recorder.ts';

const STEP: DriverStep = { kind: 'sync', name: 'buffer', address: 0x1000, size: 4, op: 'PREREAD' };

describe('a driver that goes round in circles', () => {
  it('hangs, instead of filling the memory of whoever records it, and its panic is recorded still', () => {
    const recorder = new Recorder(new EventLog(), 2);
    for (let i = 0; i < 3; i++) recorder.observe(STEP);
    expect(() => recorder.observe(STEP)).toThrow('no end after 2 events');
    recorder.observe({ kind: 'panic', cause: 'hang', reason: 'no end', thread: 0 });
    expect(recorder.events.at(-1)).toMatchObject({ kind: 'panic', cause: 'hang' });
  });
});
