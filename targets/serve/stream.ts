/** One served connection: lines in, replies out. */
import type { Readable, Writable } from 'node:stream';
import { executeCommand, type Machine } from './command.ts';
import type { Misbehaviour } from './misbehaviour.ts';
import { INTERRUPT_LINE, type ServedDevice } from './served-device.ts';

/** Longest command line; a client that sends more without a newline is cut off. */
const MAX_LINE = 16 * 1024 * 1024;

/**
 * Serves `device` on a pair of streams until the client ends the connection or the device dies; then calls `ended` once.
 * Returns a function that stops serving.
 */
export function serveStream(
  device: ServedDevice,
  input: Readable,
  output: Writable,
  misbehave: Misbehaviour | undefined,
  ended: () => void,
): () => void {
  const machine: Machine = { device, intercepting: false, clock: 0n };
  let rest = '';
  let commands = 0;
  let stopped = false;

  const stop = (): void => {
    if (stopped) return;
    stopped = true;
    input.off('data', receive);
    // Standard input would keep the process alive.
    input.pause();
    ended();
  };

  /** The interrupt lines of what just happened; ends the connection if the device is dead. */
  const changes = (): string => {
    const { levels, dead } = device.takeChanges();
    if (dead !== undefined) stop();
    if (!machine.intercepting) return '';
    return levels.map((level) => `IRQ ${level === 1 ? 'raise' : 'lower'} ${INTERRUPT_LINE}\n`).join('');
  };

  const receive = (data: Buffer): void => {
    const lines = (rest + data.toString('latin1')).split('\n');
    rest = lines.pop()!;
    let replies = '';
    for (const line of lines) {
      if (misbehave !== undefined && commands >= misbehave.after) {
        output.write(replies, 'latin1');
        goWrong(misbehave, output, stop);
        input.off('data', receive);
        input.resume();
        return;
      }
      commands++;
      const reply = executeCommand(machine, line.replace(/\r$/, ''));
      replies += changes();
      if (stopped) break;
      replies += `${reply}\n`;
    }
    if (!stopped) {
      // What the device has put off happens between two batches, as in a device that works beside the CPU.
      device.settle();
      replies += changes();
    }
    if (replies !== '') output.write(replies, 'latin1');
    if (rest.length > MAX_LINE) stop();
  };

  input.on('data', receive);
  input.on('end', stop);
  input.on('close', stop);
  input.on('error', stop);
  output.on('error', stop);
  return stop;
}

function goWrong(misbehave: Misbehaviour, output: Writable, stop: () => void): void {
  switch (misbehave.kind) {
    case 'die':
      stop();
      break;
    case 'hang':
      break;
    case 'garbage':
      output.write('\x01\x02 this is not qtest\n', 'latin1');
      break;
    case 'flood': {
      const chunk = Buffer.alloc(64 * 1024, 0x78);
      const pour = (): void => {
        while (!output.destroyed && output.write(chunk));
      };
      output.on('drain', pour);
      pour();
      break;
    }
  }
}
