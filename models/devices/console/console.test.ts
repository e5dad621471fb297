import { describe, expect, it } from 'vitest';
import { clause } from '../../clauses/catalogue.ts';
import { Bench, text } from '../testing/console-bench.ts';
import { fakeChain, type FakeChain } from '../testing/fake-chain.ts';
import { ControlEvent, Feature } from './constants.ts';

const UMBRELLA = 'basic.device.legacy-feature-bits.3';
const MULTI = [Feature.MULTIPORT, Feature.EMERG_WRITE];

describe('output', () => {
  it('comes out in order and whole, in any pieces', () => {
    const bench = new Bench();
    bench.transmit(1, 'hello ');
    bench.output('hel');
    bench.transmit(1, 'world');
    bench.output('lo wor');
    bench.model.settled(true);
    bench.output('ld');
    expect(bench.take()).toEqual([]);
    bench.transmit(1, 'more');
    bench.model.settled(true);
    bench.output('mo');
    expect(bench.take()).toEqual(['untagged.console.3']);
  });

  it('is neither invented nor reordered nor dropped', () => {
    for (const [sent, seen] of [
      ['', 'x'],
      ['abc', 'acb'],
      ['abc', 'bc'],
      ['abc', 'aabc'],
    ]) {
      const bench = new Bench();
      if (sent !== '') bench.transmit(1, sent);
      bench.output(seen);
      expect(bench.take()).toEqual(['untagged.console.3']);
    }
  });

  it('may come out before the buffer is known to be used, and need not if it never was', () => {
    const bench = new Bench();
    const chain = bench.expose(1, text('early'));
    bench.output('early');
    bench.model.completed(chain, 0);
    bench.model.abandoned(bench.expose(1, text('never')));
    bench.transmit(1, 'late');
    bench.model.settled(true);
    bench.output('late');
    expect(bench.take()).toEqual([]);
  });

  it('is only owed once the device is known to be idle, and not across a reset', () => {
    const bench = new Bench();
    bench.transmit(1, 'abc');
    bench.model.settled(false);
    bench.output('');
    bench.model.reset();
    bench.start();
    bench.transmit(1, 'xyz');
    bench.model.settled(true);
    bench.output('xyz');
    expect(bench.take()).toEqual([]);
  });

  it('is followed from where all was quiet, not from where that was noticed', () => {
    const bench = new Bench();
    bench.model.lostTrack();
    bench.model.reset();
    bench.start();
    bench.model.settled(true);
    const late = bench.expose(1, text('ab'));
    bench.output('');
    bench.model.completed(late, 0);
    bench.output('ab');
    expect(bench.take()).toEqual([]);
    bench.output('c');
    expect(bench.take()).toEqual(['untagged.console.3']);
  });

  it('may have come out together with what is not known', () => {
    const bench = new Bench();
    bench.model.lostTrack();
    bench.model.reset();
    bench.start();
    bench.model.settled(true);
    bench.transmit(1, 'ab');
    const seen = bench.expose(1, text('c'));
    bench.output('?abc');
    bench.model.completed(seen, 0);
    bench.model.settled(true);
    bench.output('');
    bench.transmit(1, 'de');
    bench.model.settled(true);
    bench.output('d');
    expect(bench.take()).toEqual(['untagged.console.3']);
  });

  it('is not known after a reset either, though all was quiet before while track was lost', () => {
    const bench = new Bench();
    bench.model.lostTrack();
    bench.model.settled(true);
    bench.output('');
    bench.model.reset();
    bench.start();
    bench.output('transmitted before the reset');
    expect(bench.take()).toEqual([]);
    bench.model.settled(true);
    bench.output('');
    bench.output('x');
    expect(bench.take()).toEqual(['untagged.console.3']);
  });

  it("is anybody's guess around broken chains, until all is quiet", () => {
    const bench = new Bench();
    const chain = fakeChain(1, [new Uint8Array(4)], []);
    chain.tainted = true;
    bench.model.exposed(chain);
    bench.model.settled(true);
    bench.output('garbage');
    bench.model.abandoned(chain);
    bench.model.settled(true);
    bench.output('garbage');
    expect(bench.take()).toEqual([]);
    bench.output('garbage');
    expect(bench.take()).toEqual(['untagged.console.3']);
  });
});

describe('input', () => {
  it('fills buffers in order', () => {
    const bench = new Bench();
    const [first, second] = [bench.expose(0, 4), bench.expose(0, 4)];
    bench.type('abcdef');
    expect(bench.model.mustComplete(first)).toBe(true);
    expect(bench.model.mustComplete(second)).toBe(true);
    bench.fill(first, 'abcd');
    bench.fill(second, 'ef');
    expect(bench.model.mustComplete(bench.expose(0, 4))).toBe(false);
    expect(bench.take()).toEqual([]);
  });

  it('is neither invented nor reordered nor lost, and never empty', () => {
    for (const [typed, seen] of [
      ['', 'x'],
      ['abc', 'ba'],
      ['abc', 'bc'],
      ['abc', ''],
    ]) {
      const bench = new Bench();
      const chain = bench.expose(0, 8);
      bench.type(typed);
      bench.fill(chain, seen);
      expect(bench.take()).toEqual(['untagged.console.3']);
    }
  });

  it('may be lost where no buffer was there to take it', () => {
    const bench = new Bench();
    bench.type('lost');
    const chain = bench.expose(0, 8);
    expect(bench.model.mustComplete(chain)).toBe(false);
    bench.type('kept');
    bench.fill(chain, 'kept');
    expect(bench.take()).toEqual([]);
  });

  it("can't be told where buffers become known out of order", () => {
    const bench = new Bench();
    const [first, second] = [bench.expose(0, 2), bench.expose(0, 2)];
    bench.type('abcd');
    bench.fill(second, 'cd');
    bench.fill(first, 'ab');
    expect(bench.take()).toEqual([]);
  });
});

describe('ports', () => {
  it('have queues of their own', () => {
    const bench = new Bench({ accepted: MULTI });
    bench.open(0);
    bench.open(1);
    bench.transmit(5, 'one');
    bench.output('one', 1);
    const chain = bench.expose(4, 8);
    bench.type('in', 1);
    expect(bench.model.mustComplete(chain)).toBe(true);
    bench.fill(chain, 'in');
    expect(bench.take()).toEqual([]);
    bench.transmit(5, 'one');
    bench.output('one', 0);
    const other = bench.expose(0, 8);
    bench.expose(4, 8);
    bench.type('in', 1);
    bench.fill(other, 'in');
    expect(bench.take()).toEqual(['untagged.console.1', 'untagged.console.1']);
  });

  it('may drop what passes before they are open', () => {
    const bench = new Bench({ accepted: MULTI });
    bench.hear(0, ControlEvent.DEVICE_ADD);
    bench.transmit(1, 'early');
    const chain = bench.expose(0, 8);
    bench.type('early');
    expect(bench.model.mustComplete(chain)).toBe(false);
    bench.hear(0, ControlEvent.PORT_OPEN, 1);
    bench.say(0, ControlEvent.PORT_OPEN);
    bench.transmit(1, 'late');
    bench.type('late');
    bench.fill(chain, 'late');
    bench.model.settled(true);
    bench.output('late');
    expect(bench.take()).toEqual([]);
  });

  it('do not owe again because of a message that is older than the removal', () => {
    const bench = new Bench({ accepted: MULTI });
    bench.open(1);
    const buffer = bench.expose(2, 64);
    bench.model.host({ action: 'port', port: 1, change: 'remove' });
    const sent = bench.expose(5, text('abc'));
    bench.fill(buffer, bench.message(1, ControlEvent.PORT_OPEN, 1));
    bench.model.completed(sent, 0);
    bench.model.settled(true);
    bench.output('', 1);
    expect(bench.take()).toEqual([]);
  });

  it('stop owing when they are closed or removed', () => {
    const bench = new Bench({ accepted: MULTI });
    bench.open(0);
    bench.open(1);
    const chain = bench.expose(4, 8);
    bench.type('abc', 1);
    bench.model.host({ action: 'port', port: 1, change: 'close' });
    expect(bench.model.mustComplete(chain)).toBe(false);
    bench.model.host({ action: 'port', port: 1, change: 'open' });
    bench.type('def', 1);
    bench.fill(chain, 'def');
    bench.model.host({ action: 'port', port: 1, change: 'remove' });
    bench.hear(1, ControlEvent.DEVICE_REMOVE);
    bench.fill(bench.expose(4, 8), []);
    expect(bench.take()).toEqual([]);
  });
});

describe('a port that the driver could not add', () => {
  it('owes nothing until the driver opens it after all', () => {
    const bench = new Bench({ accepted: MULTI });
    bench.open(1);
    const chain = bench.expose(4, 8);
    bench.type('abc', 1);
    expect(bench.model.mustComplete(chain)).toBe(true);
    bench.say(1, ControlEvent.PORT_READY, 0);
    expect(bench.model.mustComplete(chain)).toBe(false);
    bench.say(1, ControlEvent.PORT_OPEN);
    bench.type('def', 1);
    expect(bench.model.mustComplete(chain)).toBe(true);
    bench.fill(chain, 'abcdef');
    expect(bench.take()).toEqual([]);
  });
});

describe('control messages', () => {
  const claims = { ports: [0, 1] };

  it('announce every port after DEVICE_READY', () => {
    const good = new Bench({ accepted: MULTI, claims });
    const buffers = [1, 2, 3].map(() => good.expose(2, 64));
    good.say(0, ControlEvent.DEVICE_READY);
    good.fill(buffers[0], good.message(1, ControlEvent.DEVICE_ADD));
    good.fill(buffers[1], good.message(0, ControlEvent.DEVICE_ADD));
    good.model.settled(true);
    expect(good.take()).toEqual([]);
    const bad = new Bench({ accepted: MULTI, claims });
    const two = [bad.expose(2, 64), bad.expose(2, 64)];
    bad.say(0, ControlEvent.DEVICE_READY);
    bad.fill(two[0], bad.message(0, ControlEvent.DEVICE_ADD));
    bad.model.settled(true);
    expect(bad.take()).toEqual(['untagged.console.4']);
  });

  it('need not come where there are no buffers, nor at once on targets that are never known to be idle', () => {
    const short = new Bench({ accepted: MULTI, claims });
    short.expose(2, 64);
    short.say(0, ControlEvent.DEVICE_READY);
    short.model.settled(true);
    expect(short.take()).toEqual([]);
    const slow = new Bench({ accepted: MULTI, claims });
    slow.expose(2, 64);
    slow.expose(2, 64);
    slow.say(0, ControlEvent.DEVICE_READY);
    slow.model.settled(false);
    expect(slow.take()).toEqual([]);
    slow.model.settled(false);
    expect(slow.take()).toEqual(['untagged.console.4']);
  });

  it('announce a port before they say anything else about it', () => {
    const bench = new Bench({ accepted: MULTI });
    bench.hear(1, ControlEvent.DEVICE_ADD);
    bench.hear(1, ControlEvent.PORT_NAME);
    expect(bench.take()).toEqual([]);
    bench.hear(2, ControlEvent.CONSOLE_PORT);
    bench.fill(bench.expose(2, 64), [1, 2, 3]);
    expect(bench.take()).toEqual(['untagged.console.4', 'untagged.console.4']);
  });

  it('may be missing from buffers that are too short for them', () => {
    const bench = new Bench({ accepted: MULTI });
    bench.hear(0, ControlEvent.DEVICE_ADD);
    bench.fill(bench.expose(2, 8), []);
    expect(bench.take()).toEqual([]);
    // One that the device took for a message that it then left out.
    bench.fill(bench.expose(2, 64), []);
    expect(bench.take()).toEqual([]);
    bench.model.reset();
    bench.start();
    bench.fill(bench.expose(2, 64), []);
    expect(bench.take()).toEqual(['untagged.console.4']);
  });

  it('about a port that was plugged in wait until the device has read that the driver is ready', () => {
    const bench = new Bench({ accepted: MULTI });
    bench.expose(2, 64);
    bench.expose(3, bench.message(0, ControlEvent.DEVICE_READY, 1));
    bench.model.host({ action: 'port', port: 2, change: 'add' });
    bench.model.settled(true);
    expect(bench.take()).toEqual([]);
  });

  it('need no announcement where the driver asked about a port that it was not told of', () => {
    const bench = new Bench({ accepted: MULTI });
    bench.say(1, ControlEvent.PORT_READY);
    bench.hear(1, ControlEvent.PORT_NAME);
    expect(bench.take()).toEqual([]);
    bench.hear(2, ControlEvent.PORT_NAME);
    expect(bench.take()).toEqual(['untagged.console.4']);
  });

  it('add new ports below max_nr_ports, and remove known ones', () => {
    const bench = new Bench({ accepted: MULTI });
    bench.model.configField('max_nr_ports', 2n);
    bench.hear(1, ControlEvent.DEVICE_ADD);
    bench.hear(1, ControlEvent.DEVICE_REMOVE);
    bench.hear(1, ControlEvent.DEVICE_ADD);
    expect(bench.take()).toEqual([]);
    bench.hear(1, ControlEvent.DEVICE_ADD);
    bench.hear(2, ControlEvent.DEVICE_ADD);
    bench.hear(0, ControlEvent.DEVICE_REMOVE);
    expect(bench.take()).toEqual([
      'console.device.multiport-device-operation.1',
      'console.device.multiport-device-operation.1',
      'console.device.multiport-device-operation.2',
    ]);
  });

  it('may add a port again if nobody knows what the driver has said, or that it is ready', () => {
    const CONTROL_TX = 3;
    const OUTPUT = 1;
    for (const [queue, kept] of [
      [CONTROL_TX, true],
      [OUTPUT, false],
    ] as const) {
      const bench = new Bench({ accepted: MULTI });
      bench.say(0, ControlEvent.DEVICE_READY);
      bench.hear(0, ControlEvent.DEVICE_ADD);
      bench.model.queueLost(queue);
      bench.hear(0, ControlEvent.DEVICE_ADD);
      expect(bench.take()).toEqual(kept ? [] : ['console.device.multiport-device-operation.1']);
    }
  });

  it('start over with a reset, and may be repeated for a driver that says again that it is ready', () => {
    const bench = new Bench({ accepted: MULTI });
    bench.say(0, ControlEvent.DEVICE_READY);
    bench.hear(0, ControlEvent.DEVICE_ADD);
    bench.say(0, ControlEvent.DEVICE_READY);
    bench.hear(0, ControlEvent.DEVICE_ADD);
    bench.model.reset();
    bench.start();
    bench.hear(0, ControlEvent.DEVICE_ADD);
    expect(bench.take()).toEqual([]);
  });

  it('are not judged when buffers are used out of turn or some were missed', () => {
    const bench = new Bench({ accepted: MULTI });
    const [first, second] = [bench.expose(2, 64), bench.expose(2, 64)];
    bench.fill(second, bench.message(0, ControlEvent.PORT_OPEN, 1));
    bench.fill(first, bench.message(0, ControlEvent.DEVICE_ADD));
    bench.hear(0, ControlEvent.DEVICE_ADD);
    expect(bench.take()).toEqual([]);
    bench.model.reset();
    bench.start();
    bench.model.abandoned(bench.expose(2, 64));
    bench.hear(3, ControlEvent.PORT_OPEN, 1);
    bench.hear(3, ControlEvent.DEVICE_ADD);
    expect(bench.take()).toEqual([]);
  });

  it('use the byte order of a legacy guest', () => {
    const bench = new Bench({ transport: 'mmio-v1', mode: 'be-legacy', accepted: MULTI });
    bench.hear(0, ControlEvent.DEVICE_ADD);
    expect(bench.take()).toEqual([]);
    bench.hear(1, ControlEvent.DEVICE_ADD, 0, true);
    expect(bench.take()).toEqual(['console.device.legacy-device-operation.1', UMBRELLA]);
  });

  it('are not understood by a device that never answers a big-endian guest', () => {
    for (const mode of ['le', 'be-legacy'] as const) {
      const bench = new Bench({ transport: 'mmio-v1', mode, accepted: MULTI, claims: { ports: [0] } });
      bench.expose(2, 64);
      bench.say(0, ControlEvent.DEVICE_READY, 1);
      bench.model.settled(true);
      const order = mode === 'le' ? [] : ['console.device.legacy-device-operation.1', UMBRELLA];
      expect(bench.take()).toEqual(['untagged.console.4', ...order]);
    }
  });

  it('announce ports that are plugged in', () => {
    const bench = new Bench({ accepted: MULTI });
    bench.say(0, ControlEvent.DEVICE_READY);
    const chain = bench.expose(2, 64);
    bench.expose(2, 64);
    bench.model.host({ action: 'port', port: 1, change: 'add' });
    bench.fill(chain, bench.message(1, ControlEvent.DEVICE_ADD));
    bench.model.settled(true);
    expect(bench.take()).toEqual([]);
    bench.model.host({ action: 'port', port: 2, change: 'add' });
    bench.model.settled(true);
    expect(bench.take()).toEqual(['untagged.console.4']);
  });
});

describe('all short conversations', () => {
  /** A device that follows the rules: what it may say about two ports, given what it has said. */
  const legal = (added: readonly number[]): readonly (readonly [number, number])[] =>
    [0, 1].flatMap((id): (readonly [number, number])[] =>
      added.includes(id)
        ? [
            [id, ControlEvent.DEVICE_REMOVE],
            [id, ControlEvent.CONSOLE_PORT],
            [id, ControlEvent.PORT_OPEN],
            [id, ControlEvent.PORT_NAME],
          ]
        : [[id, ControlEvent.DEVICE_ADD]],
    );
  const all = [0, 1, 2].flatMap((id) => [1, 2, 4, 6].map((event): readonly [number, number] => [id, event]));

  it('are judged by what was announced', () => {
    let [good, bad] = [0, 0];
    const walk = (said: readonly (readonly [number, number])[], added: readonly number[], left: number): void => {
      const moves = legal(added);
      for (const [id, event] of left === 0 ? all : moves) {
        const bench = new Bench({ accepted: MULTI });
        bench.model.configField('max_nr_ports', 2n);
        for (const [earlier, what] of said) bench.hear(earlier, what, 1);
        expect(bench.take()).toEqual([]);
        bench.hear(id, event, 1);
        const allowed = moves.some((move) => move[0] === id && move[1] === event);
        expect(bench.take().length).toBe(allowed ? 0 : 1);
        if (allowed) good++;
        else bad++;
        if (left === 0) continue;
        let next = added;
        if (event === ControlEvent.DEVICE_ADD) next = [...added, id];
        if (event === ControlEvent.DEVICE_REMOVE) next = added.filter((other) => other !== id);
        walk([...said, [id, event]], next, left - 1);
      }
    };
    walk([], [], 3);
    expect(good).toBeGreaterThan(100);
    expect(bad).toBeGreaterThan(100);
  });
});

describe('configuration', () => {
  it('owes a notification and the new size after a resize', () => {
    const bench = new Bench();
    bench.model.configField('cols', 80n);
    bench.model.host({ action: 'resize-console', cols: 132, rows: 43 });
    expect(bench.owed).toEqual([clause('untagged.console.2')]);
    bench.model.configField('cols', 80n);
    bench.model.settled(true);
    bench.model.configField('cols', 132n);
    expect(bench.take()).toEqual([]);
    bench.model.configField('rows', 25n);
    bench.model.configField('cols', 132n << 8n);
    expect(bench.take()).toEqual(['untagged.console.2', 'untagged.basic.2']);
  });

  it('owes no notification where the size may be the one it was', () => {
    const bench = new Bench();
    bench.model.host({ action: 'resize-console', cols: 80, rows: 25 });
    bench.model.host({ action: 'resize-console', cols: 80, rows: 25 });
    expect(bench.owed).toEqual([]);
  });

  it('lets a suspended device keep the size back', () => {
    const bench = new Bench();
    bench.model.driverWrote('status', 31);
    bench.model.host({ action: 'resize-console', cols: 132, rows: 43 });
    bench.model.settled(true);
    bench.model.configField('cols', 80n);
    bench.model.driverWrote('status', 15);
    bench.model.settled(true);
    expect(bench.take()).toEqual([]);
    bench.model.configField('cols', 80n);
    expect(bench.take()).toEqual(['untagged.console.2']);
  });

  it('owes none without SIZE', () => {
    const bench = new Bench({ accepted: [] });
    bench.model.host({ action: 'resize-console', cols: 132, rows: 43 });
    expect(bench.owed).toEqual([]);
  });

  it('tells the byte order of a legacy guest', () => {
    const bench = new Bench({ transport: 'mmio-v1', mode: 'be-legacy', accepted: [Feature.SIZE] });
    bench.model.host({ action: 'resize-console', cols: 132, rows: 43 });
    bench.model.configField('cols', 132n);
    expect(bench.take()).toEqual([]);
    bench.model.configField('cols', 132n << 8n);
    expect(bench.take()).toEqual(['console.device.legacy-device-configuration-layout.1', UMBRELLA]);
  });

  it('need not put emergency characters out while it is suspended, or after the host broke it', () => {
    for (const stopped of [true, false]) {
      const bench = new Bench({ claims: { emergencyOutput: true } });
      if (stopped) bench.model.driverWrote('status', 0x10);
      else bench.model.host({ action: 'break-device' });
      bench.model.configWritten(8, 4, 0x41);
      bench.model.settled(true);
      bench.output('');
      expect(bench.take()).toEqual([]);
    }
  });

  it('puts emergency characters out, where that is claimed', () => {
    const claims = { emergencyOutput: true };
    const bench = new Bench({ claims });
    bench.transmit(1, 'ab');
    bench.model.configWritten(8, 4, 0x21);
    bench.model.settled(true);
    bench.output('a!b');
    expect(bench.take()).toEqual([]);
    bench.model.configWritten(8, 4, 0x21);
    bench.model.settled(true);
    bench.output('');
    expect(bench.take()).toEqual(['console.device.device-initialization.2']);
    const quiet = new Bench();
    quiet.model.configWritten(8, 4, 0x21);
    quiet.model.settled(true);
    quiet.output('');
    expect(quiet.take()).toEqual([]);
  });

  it('takes the low byte in the byte order of the guest', () => {
    const bench = new Bench({ transport: 'mmio-v1', mode: 'be-legacy', claims: { emergencyOutput: true } });
    bench.model.configWritten(8, 4, 0x21000040);
    bench.output('!');
    expect(bench.take()).toEqual([]);
    bench.model.configWritten(8, 4, 0x21000040);
    bench.output('@');
    expect(bench.take()).toEqual(['console.device.legacy-device-configuration-layout.1', UMBRELLA]);
  });

  it('names the clause for a death on an emergency write', () => {
    const bench = new Bench();
    expect(bench.model.blameForDeath()).toBeUndefined();
    bench.report.row = 5;
    bench.model.configWritten(8, 4, 0x21);
    expect(bench.model.blameForDeath()).toBe(clause('console.device.device-initialization.1'));
    bench.report.row = 6;
    expect(bench.model.blameForDeath()).toBeUndefined();
  });
});

describe('driver rules', () => {
  it('are told apart', () => {
    const bench = new Bench({ accepted: MULTI });
    bench.expose(0, 8);
    bench.expose(1, text('x'));
    bench.expose(2, 64);
    bench.say(0, ControlEvent.DEVICE_READY);
    bench.hear(0, ControlEvent.DEVICE_ADD);
    expect(bench.takeFaults()).toEqual([]);
    bench.expose(0, text('x'));
    bench.expose(1, 8);
    expect(bench.takeFaults()).toEqual(['console.driver.device-operation.1', 'console.driver.device-operation.2']);
    bench.expose(2, 7);
    bench.expose(3, [1, 2, 3]);
    expect(bench.takeFaults()).toEqual([undefined, undefined]);
  });

  it('want DEVICE_READY, and consoles opened', () => {
    const silent = new Bench({ accepted: MULTI });
    silent.expose(1, text('x'));
    silent.model.reset();
    expect(silent.takeFaults()).toEqual(['console.driver.multiport-device-operation.1']);
    const bench = new Bench({ accepted: MULTI });
    bench.say(0, ControlEvent.DEVICE_READY);
    bench.open(0);
    bench.hear(0, ControlEvent.CONSOLE_PORT);
    bench.say(0, ControlEvent.PORT_OPEN, 1);
    bench.hear(0, ControlEvent.CONSOLE_PORT);
    expect(bench.takeFaults()).toEqual([]);
    // The driver may have closed it before it has read the message.
    bench.say(0, ControlEvent.PORT_OPEN, 0);
    bench.say(0, ControlEvent.PORT_OPEN, 1);
    bench.hear(0, ControlEvent.CONSOLE_PORT);
    bench.say(0, ControlEvent.PORT_OPEN, 0);
    expect(bench.takeFaults()).toEqual([]);
    bench.model.settled(true);
    bench.model.settled(true);
    expect(bench.takeFaults()).toEqual(['console.driver.multiport-device-operation.4']);
    bench.hear(0, ControlEvent.CONSOLE_PORT);
    for (let i = 0; i < 4; i++) bench.say(0, ControlEvent.PORT_READY);
    bench.model.reset();
    expect(bench.takeFaults()).toEqual(['console.driver.multiport-device-operation.3']);
  });

  it('want single descriptors for legacy control messages without ANY_LAYOUT', () => {
    const bench = new Bench({ transport: 'mmio-v1', accepted: MULTI });
    bench.model.exposed(fakeChain(2, [], [32, 32]));
    expect(bench.takeFaults()).toEqual(['console.driver.legacy-framing-requirements.1']);
  });
});

describe('completion', () => {
  it('is owed for what can be transmitted', () => {
    const bench = new Bench({ claims: { maxChain: 1 } });
    const must = (chain: FakeChain): boolean => bench.model.mustComplete(chain);
    expect(must(bench.expose(1, text('x')))).toBe(true);
    expect(must(bench.expose(1, 8))).toBe(false);
    expect(must(bench.expose(0, 8))).toBe(false);
    expect(must(bench.expose(5, text('x')))).toBe(false);
    bench.model.host({ action: 'port', port: 0, change: 'close' });
    expect(must(bench.expose(1, text('x')))).toBe(false);
  });

  it('says what state it is in', () => {
    const bench = new Bench({ accepted: MULTI });
    bench.open(1);
    bench.expose(4, 8);
    expect(bench.model.describe()).toBe('console, ports 1, 0 bytes of input owed, 1 in flight');
  });
});
