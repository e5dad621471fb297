/**
 * QEMU killed or stopped from outside in the middle of a run: that scenario ends with a clear outcome, and all verdicts are
 * those of an undisturbed run with the same seed.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunResult } from '../harness/result.ts';
import { listTargets } from '../targets/registry.ts';

const TARGET = 'qemu:microvm';
const BIN = fileURLToPath(new URL('../bin/virtcheck.js', import.meta.url));
/** In /proc/PID/stat the parent follows the command name, in parentheses, and the state. */
const PARENT = /\) \S (\d+) /;

/** Bytes of replies after which QEMU is in the middle of the scenarios, of which there are hundreds. */
const REPLIES_OF_SOME_SCENARIOS = 20_000;
const LOOK_MILLISECONDS = 5;

const folder = mkdtempSync(join(tmpdir(), 'virtcheck-killed-'));
afterAll(() => rmSync(folder, { recursive: true }));

const missing = (await listTargets()).find((entry) => entry.name === TARGET)?.missing;
const mustRun = process.env['CI'] === 'true';

/** The QEMU processes that a process has started. */
function implementationsOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const isChild = PARENT.exec(readFileSync(`/proc/${name}/stat`, 'utf8'))?.[1] === String(parent);
        return isChild && readFileSync(`/proc/${name}/cmdline`, 'utf8').startsWith('qemu-system-');
      } catch {
        return false; // It ended while we looked.
      }
    })
    .map(Number);
}

/** How much a process has written so far; QEMU's replies are next to all of it. */
function bytesWritten(pid: number): number {
  try {
    return Number(/^wchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** Judges one combination and, once scenarios are being performed, sends the signal to the implementation. */
async function judged(signal?: NodeJS.Signals): Promise<{ status: number | null; result: RunResult }> {
  const json = join(folder, `${signal ?? 'undisturbed'}.json`);
  const combination = ['--device', 'rng', '--transport', 'mmio-v2', '--effort', 'normal'];
  const child = spawn(
    process.execPath,
    [BIN, 'run', '--target', TARGET, ...combination, '--json', json, '--out', join(folder, 'out')],
    { stdio: 'ignore' },
  );
  let disturbed = signal === undefined;
  const look = setInterval(() => {
    if (disturbed) return;
    const busy = implementationsOf(child.pid!).filter((pid) => bytesWritten(pid) >= REPLIES_OF_SOME_SCENARIOS);
    for (const pid of busy) process.kill(pid, signal);
    disturbed = busy.length > 0;
  }, LOOK_MILLISECONDS);
  const status = await new Promise<number | null>((resolve) => child.on('close', resolve));
  clearInterval(look);
  expect(disturbed, 'the implementation was there to be disturbed').toBe(true);
  return { status, result: JSON.parse(readFileSync(json, 'utf8')) as RunResult };
}

const verdicts = (result: RunResult) => result.clauses.map((row) => `${row.id}: ${row.verdict}`);

describe.skipIf(missing !== undefined && !mustRun)(`a disturbed run${missing ? `: ${missing}` : ''}`, () => {
  let undisturbed: Awaited<ReturnType<typeof judged>>;
  beforeAll(async () => {
    undisturbed = await judged();
  }, 180_000);

  test.each([
    ['SIGKILL', 'died', /SIGKILL/],
    ['SIGSTOP', 'hung', /no reply to .* within \d+ ms/],
  ] as const)('%s costs the scenario and nothing else', async (signal, outcome, evidence) => {
    const { status, result } = await judged(signal);
    expect(undisturbed.result.outcomes).toEqual([]);
    expect(result.outcomes.length).toBeGreaterThan(0);
    for (const record of result.outcomes) {
      expect(record.outcome).toBe(outcome);
      expect(record.evidence).toMatch(evidence);
    }
    expect(verdicts(result)).toEqual(verdicts(undisturbed.result));
    expect(result.scenarios).toBe(undisturbed.result.scenarios);
    expect(status).toBe(undisturbed.status);
    expect(status).toBe(0);
  });
});
