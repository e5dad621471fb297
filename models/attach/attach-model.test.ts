import { describe, expect, it } from 'vitest';
import type { AttachSetup } from './setup.ts';
import { ScriptedDriver } from './testing/scripted-driver.ts';

const STATUS = 0x70;
const FAILED = 0x80;

const driver = (more: Partial<AttachSetup> = {}): ScriptedDriver => new ScriptedDriver('net', more);

describe('the end of attaching', () => {
  const finish = (on: ScriptedDriver, failed: 0 | 1, count = 2, work = (): void => undefined): ScriptedDriver =>
    on.call('child_attach_finish', { count }, { failed }, work);

  it('leaves FAILED behind where it fails', () => {
    const clause = 'init.driver.device-initialization.5';
    const failing = driver();
    expect(finish(failing, 1, 2, () => failing.write(STATUS, FAILED)).owed(clause)).toEqual([]);
    expect(finish(driver(), 0).owed(clause)).toEqual([]);
    expect(finish(driver(), 1).owed(clause)).toEqual(['FAILED after an attach that failed']);
  });

  it('hands over every queue that has memory', () => {
    const clause = 'netbsd.queue-setup-once';
    const OWED = 'every queue that has memory handed over';
    const queues = (...[failed, count, more]: [0 | 1, number, Partial<AttachSetup>?]): readonly string[] =>
      finish(driver(more).queue(0).queue(1), failed, count).owed(clause);
    expect(queues(0, 2)).not.toContain(OWED);
    expect(queues(0, 1)).toContain(OWED);
    expect(queues(1, 1)).not.toContain(OWED);
    expect(queues(0, 1, { age: 'old' })).not.toContain(OWED);
    const freed = driver().queue(0).queue(1).call('free_vq', { queue: 1 }, { result: 0 });
    expect(finish(freed, 0, 1).owed(clause)).not.toContain(OWED);
  });

  it('lets the interrupt handler find the child and its queues', () => {
    const clause = 'netbsd.interrupt-established';
    const OWED = 'child and queues known to the handler when attaching has finished';
    const told = (child: 'set' | 'none' | 'failed-pointer', queues: boolean, failed: 0 | 1 = 0): readonly string[] => {
      const on = driver();
      on.events.push({ kind: 'softc', child, queues, handle: true, version1: true });
      return finish(on, failed).owed(clause);
    };
    expect(told('set', true)).toEqual([]);
    expect(told('set', false)).toEqual([OWED]);
    expect(told('none', true)).toEqual([OWED]);
    expect(told('failed-pointer', true)).toEqual([OWED]);
    expect(told('none', false, 1)).toEqual([]);
  });
});

describe('a bus without a child', () => {
  const OWED = 'a bus that hears that nothing has attached';
  const told = (found: boolean, failed: boolean): readonly string[] =>
    driver().call('bus_attach', {}, { found }).call('attach_failed', {}, { failed }).owed('netbsd.teardown');

  it.each([true, false])('hears that attaching failed (device found: %s)', (found) => {
    expect(told(found, true)).not.toContain(OWED);
    expect(told(found, false)).toContain(OWED);
  });
});

describe('parts of mappings', () => {
  const OWED = 'a part of a mapping that is no larger than any mapping';
  const WINDOW = 0x200;
  const mapped = (size: number): readonly string[] => {
    const on = driver();
    on.events.push({ kind: 'map', handle: 'registers', size: WINDOW, part: false });
    on.events.push({ kind: 'map', handle: 'configuration', size, part: true });
    return on.owed('netbsd.unmap-once');
  };

  it('lie within them', () => {
    expect(mapped(WINDOW)).not.toContain(OWED);
    expect(mapped(WINDOW + 1)).toContain(OWED);
  });
});
