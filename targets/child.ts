/**
 * Child processes and temporary directories that never outlive this process: whatever is still there when it exits, or is
 * told to by a signal, is killed and removed.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

const MAX_STDERR = 4096;
const STDERR_LINES = 8;

/**
 * Has the kernel kill the child when the thread that started it ends, which covers what no handler here can: SIGKILL,
 * and worker threads that are terminated.
 */
const SETPRIV = '/usr/bin/setpriv';
const DIRECTORY_PREFIX = 'virtcheck-';

const children = new Set<ChildProcess>();
const directories = new Set<string>();
let watching = false;
let swept = false;

/** A child whose stdin and stdout speak a protocol and whose stderr is kept for messages. */
export interface Child {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Resolves when the child has ended and its output was read: exit code or signal, last lines of stderr. */
  readonly ended: Promise<string>;
  /** Process id, for tests that kill it. */
  readonly pid: number;
  /** SIGKILL; harmless if it has ended. */
  kill(): void;
}

/**
 * Starts a child. Rejects with the system's error; a binary that doesn't exist may also show as a child that ends at once.
 */
export function startChild(command: string, args: readonly string[], cwd?: string): Promise<Child> {
  watchExit();
  const words = guarded(command, args);
  const child = spawn(words[0], words.slice(1), { cwd, stdio: ['pipe', 'pipe', 'pipe'] });
  children.add(child);
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-MAX_STDERR);
  });
  // Without a listener a write to a dead child would end this process.
  child.stdin.on('error', () => {});
  let killedByUs = false;
  const ended = new Promise<string>((resolve) => {
    child.once('close', (code, signal) => {
      children.delete(child);
      const how =
        killedByUs && signal === 'SIGKILL' ? 'killed by us' : signal ? `signal ${signal}` : `exit code ${code}`;
      const lines = stderr.trim().split('\n').slice(-STDERR_LINES).join('\n');
      resolve(lines === '' ? how : `${how}; stderr: ${lines}`);
    });
  });
  return new Promise((resolve, reject) => {
    child.once('error', (error) => {
      children.delete(child);
      reject(error);
    });
    child.once('spawn', () => {
      resolve({
        stdin: child.stdin,
        stdout: child.stdout,
        ended,
        pid: child.pid!,
        kill() {
          if (child.exitCode !== null || child.signalCode !== null) return;
          killedByUs = true;
          child.kill('SIGKILL');
        },
      });
    });
  });
}

/** Makes a temporary directory that is removed at exit at the latest. */
export function makeTemporaryDirectory(): string {
  watchExit();
  removeStaleDirectories();
  const directory = mkdtempSync(join(tmpdir(), `${DIRECTORY_PREFIX}${process.pid}-`));
  directories.add(directory);
  return directory;
}

export function removeTemporaryDirectory(directory: string): void {
  directories.delete(directory);
  rmSync(directory, { recursive: true, force: true });
}

function guarded(command: string, args: readonly string[]): string[] {
  if (process.platform !== 'linux' || !existsSync(SETPRIV)) return [command, ...args];
  return [SETPRIV, '--pdeathsig', 'KILL', '--', command, ...args];
}

/** Once per process: removes what processes left behind that ended without being able to. */
function removeStaleDirectories(): void {
  if (swept) return;
  swept = true;
  for (const name of readdirSync(tmpdir())) {
    const pid = name.startsWith(DIRECTORY_PREFIX)
      ? /^(\d+)-/.exec(name.slice(DIRECTORY_PREFIX.length))?.[1]
      : undefined;
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process is alive, too; only "no such process" is not.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

function cleanUp(): void {
  for (const child of children) child.kill('SIGKILL');
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
  children.clear();
  directories.clear();
}

function watchExit(): void {
  if (watching) return;
  watching = true;
  process.on('exit', cleanUp);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    const onSignal = (): void => {
      // Somebody else decides how this process ends; the exit handler then does the rest.
      if (process.listenerCount(signal) > 1) return;
      cleanUp();
      process.off(signal, onSignal);
      process.kill(process.pid, signal);
    };
    process.on(signal, onSignal);
  }
}
