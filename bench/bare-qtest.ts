/** The simplest qtest client there can be, to measure the session against: writes text, counts newlines. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SessionInfo } from '../targets/target.ts';

export interface BareQtest {
  /** Writes commands and resolves when as many reply lines have come. */
  roundTrip(commands: string, replies: number): Promise<void>;
  stop(): Promise<void>;
}

const NEWLINE = 10;

/** Starts the implementation of a session once more, by the command line that a person would use. */
export function startBareQtest(info: SessionInfo): BareQtest {
  const directory = mkdtempSync(join(tmpdir(), 'virtcheck-bench-'));
  for (const line of info.preparation ?? []) execFileSync('sh', ['-c', line], { cwd: directory });
  const [binary, ...args] = info.commandLine ?? [];
  const child = spawn(binary, args, {
    cwd: directory,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  let missing = 0;
  let done: () => void = () => undefined;
  child.stdout.on('data', (chunk: Buffer) => {
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) missing--;
    if (missing <= 0) done();
  });
  return {
    roundTrip: (commands, replies) =>
      new Promise((resolve) => {
        missing = replies;
        done = resolve;
        child.stdin.write(commands);
      }),
    stop: async () => {
      child.kill('SIGKILL');
      await once(child, 'close');
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
