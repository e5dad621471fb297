/**
 * The recorded reproducers, pasted into a shell as their heads say: a stock QEMU answers as it did when the deviation was
 * recorded. Skipped where the QEMU of that machine is missing, and where it is not the version that was recorded.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { loadExpectations } from '../harness/expectations.ts';
import { listTargets } from '../targets/registry.ts';

const FOLDER = fileURLToPath(new URL('../expectations/', import.meta.url));
const mustRun = process.env['CI'] === 'true';

const folder = mkdtempSync(join(tmpdir(), 'virtcheck-reproducers-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Script {
  /** Shell lines that prepare an empty folder; the last one feeds the script to QEMU. */
  readonly shell: readonly string[];
  /** Each command with the reply that its comment records. */
  readonly commands: readonly { readonly command: string; readonly recorded: string | undefined }[];
}

function readScript(path: string): Script {
  const shell: string[] = [];
  const commands: { command: string; recorded: string | undefined }[] = [];
  let recorded: string | undefined;
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    if (line.startsWith('#   ')) shell.push(line.slice('#   '.length));
    else if (line.startsWith('#')) recorded = / ?-> (0x[0-9a-f]+)$/.exec(line)?.[1];
    else if (line !== '') {
      commands.push({ command: line, recorded });
      recorded = undefined;
    }
  }
  return { shell, commands };
}

/** Registers and ring fields are settled by the script; what longer reads show may be random data. */
const LONGEST_SETTLED = '0x'.length + 2 * 8;

async function paste(path: string, script: Script): Promise<string[]> {
  const cwd = mkdtempSync(join(folder, 'empty-'));
  for (const line of script.shell.slice(0, -1)) expect(spawnSync('sh', ['-c', line], { cwd }).status).toBe(0);
  const feed = script.shell.at(-1)!.replace('THIS_FILE', `'${path}'`);
  const child = spawn('sh', ['-c', feed], { cwd, stdio: ['ignore', 'pipe', 'ignore'], detached: true });
  const replies: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    if (/^(OK|ERR|FAIL)\b/.test(line)) replies.push(line);
    if (replies.length === script.commands.length) process.kill(-child.pid!, 'SIGKILL');
  }
  return replies;
}

const NUMBER = /^OK (0x[0-9a-f]+)$/;
const listed = await listTargets();
/** Machines share the code that is responsible, and the scripts that show it. */
const pasted = new Set<string>();

for (const target of ['qemu:microvm', 'qemu:aarch64', 'qemu:riscv64', 'qemu:m68k']) {
  const { missing, version } = listed.find((entry) => entry.name === target)!;
  const recorded = loadExpectations(target).filter(({ reproducer }) => reproducer && !pasted.has(reproducer));
  if (recorded.length === 0) continue;
  for (const { reproducer } of recorded) pasted.add(reproducer!);
  describe.skipIf(missing !== undefined && !mustRun)(`${target}${missing ? `: ${missing}` : ''}`, () => {
    for (const { clause, reproducer, version: recordedOn } of recorded) {
      const differs = version?.startsWith(recordedOn) !== true;
      test.skipIf(differs && !mustRun)(`${clause} (recorded on ${recordedOn})`, async () => {
        const path = join(FOLDER, reproducer!);
        const script = readScript(path);
        const settled = script.commands.map((entry, index) => ({ ...entry, index }));
        const expected = settled.filter(({ recorded: value }) => value && value.length <= LONGEST_SETTLED);
        expect(expected.length).toBeGreaterThan(0);
        const replies = await paste(path, script);
        const seen = expected.map(({ command, index }) => {
          const value = NUMBER.exec(replies[index] ?? '')?.[1];
          return { command, value: value === undefined ? replies[index] : BigInt(value) };
        });
        expect(seen).toEqual(expected.map(({ command, recorded: value }) => ({ command, value: BigInt(value!) })));
      });
    }
  });
}
