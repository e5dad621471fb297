import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, describe, expect, it } from 'vitest';

const BIN = fileURLToPath(new URL('../bin/virtcheck.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'virtcheck-main-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function virtcheck(args: readonly string[], env: NodeJS.ProcessEnv = {}): Ended {
  return spawnSync(process.execPath, [BIN, ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, ...env },
    maxBuffer: 1 << 26,
  });
}

function accepts(schema: string, text: string): void {
  const path = new URL(`../reports/schemas/${schema}`, import.meta.url);
  const validate = new Ajv2020({ strict: false }).compile(JSON.parse(readFileSync(path, 'utf8')) as object);
  expect(validate(JSON.parse(text)) ? [] : validate.errors).toEqual([]);
}

// Every test starts processes, which take their time on a busy machine.
describe('virtcheck', { timeout: 60_000 }, () => {
  it.each([
    [['--help'], /^Examples:/],
    [['run', '--help'], /^Examples:[\s\S]*--fault/],
    [['help', 'serve'], /--listen/],
    [['--version'], /^virtcheck \d+\.\d+\.\d+\n$/],
  ])('%j explains itself on stdout', (args, text) => {
    const { status, stdout, stderr } = virtcheck(args);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(text);
  });

  it.each([
    [[], /Examples:/],
    [['rnu'], /unknown command 'rnu'[\s\S]*Did you mean run/],
    [['run'], /say what to judge with --target/],
    [['run', '--sed', '1'], /unknown option '--sed'[\s\S]*Did you mean --seed/],
    [['run', '--target'], /argument missing/],
    [['run', '--target', ''], /--target is empty/],
    [['run', '--target', 'emulater'], /did you mean 'emulator'/],
    [['run', '--target', 'qtest:foo'], /qtest:unix:PATH/],
    [['run', '--target', 'emulator', 'extra'], /too many arguments/],
    [['run', '--target', 'emulator', '--device', 'bkl'], /did you mean 'blk'/],
    [['run', '--target', 'emulator', '--transport', 'mmio'], /one of mmio-v1, mmio-v2[\s\S]*did you mean 'mmio-v1'/],
    [['run', '--target', 'emulator', '--only', 'splt.device'], /did you mean 'split.device'/],
    [['run', '--target', 'emulator', '--seed', '-1'], /--seed/],
    [['run', '--target', 'emulator', '--seed', '1.5'], /whole number/],
    [['run', '--target', 'emulator', '--jobs', '0'], /from 1 to/],
    [['run', '--target', 'emulator', '--effort', 'fast'], /one of quick, normal, thorough/],
    [['run', '--target', 'emulator', '--fault', 'no-such-fault-at-all'], /no seeded fault/],
    [['run', '--target', 'qemu:m68k', '--fault', 'x'], /--target emulator and driver:\.\.\. only/],
    [['run', '--target', 'emulator', '--describe', 'x'], /belongs to qtest/],
    [['run', '--target', 'qtest:unix:/x', '--describe', 'nowhere.json'], /cannot read nowhere.json/],
    [['run', '--target', 'emulator', '--json', '/proc/nowhere/r.json'], /--json: cannot write/],
    [['run', '--target', 'emulator', '--junit', '.'], /it is a folder/],
    [['run', '--target', 'emulator', '--json', '-', '--junit', '-'], /cannot both go to stdout/],
    [['run', '--target', 'emulator', '-q', '-v'], /exclude each other/],
    [['replay'], /missing required argument/],
    [['replay', 'nowhere.json'], /cannot read nowhere.json/],
    [['replay', BIN], /not a trace file/],
    [['trace'], /missing required argument/],
    [['trace', 'x.log', '--base', 'here'], /--base takes ADDRESS or ADDRESS:SIZE/],
    [['trace', 'x.log', '--base', '0x1000:16'], /at least 256 bytes/],
    [['trace', 'x.log', '--byte-order', 'middle'], /one of little, big/],
    [['trace', 'x.log', '--json', '/proc/nowhere/r.json'], /--json: cannot write/],
    [['guest'], /missing required argument/],
    [['guest', 'plan9'], /no guest is called 'plan9'/],
    [['guest', 'linux', '--kernel', 'nowhere'], /--kernel: cannot read nowhere/],
    [['guest', 'linux', '--timeout', '0'], /--timeout takes a whole number/],
    [['serve'], /--listen/],
    [['serve', '--listen', 'tcp:host:99999'], /--listen takes/],
    [['clauses', '--area', 'blok'], /did you mean 'blk'/],
    [['clauses', '--state', 'opne'], /did you mean 'open'/],
    [['faults', 'zzzz'], /no fault's name starts with/],
    [['faults', 'stauts'], /did you mean 'status'/],
    [['run', '--target', 'emulator', '--fault', 'stauts'], /'virtcheck faults status' lists those/],
    [['run', '--target', './nowhere.ts'], /cannot read .\/nowhere.ts: there is no such file/],
    [['help', 'rum'], /there is no command 'rum'\s+did you mean 'run'/],
    [['vectors', '--only', 'stauts'], /no vector's clause or name starts with 'stauts'\s+did you mean 'status'/],
    [['vectors', '--only', 'admin.'], /no seeded fault breaks such a clause/],
    [['vectors', '--out', '/proc/nowhere'], /--out: cannot write to the folder/],
    [['vectors', '--json', '--out', 'x'], /--json lists and --out copies/],
  ])('%j is a usage error with advice', (args, text) => {
    const { status, stdout, stderr } = virtcheck(args);
    expect(stderr).toMatch(text);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  });

  it.each([
    ['clauses', 'clauses.schema.json'],
    ['faults', 'faults.schema.json'],
    ['targets', 'targets.schema.json'],
    ['vectors', 'vectors.schema.json'],
  ])('%s --json prints what its schema says, and nothing else', (command, schema) => {
    const { status, stdout } = virtcheck([command, '--json']);
    expect(status).toBe(0);
    accepts(schema, stdout);
  });

  it('vectors --out copies those asked for, with what a reader needs', () => {
    const out = join(folder, 'vectors');
    const { status, stdout } = virtcheck(['vectors', '--only', 'status-hides-driver-ok,kern/58555', '--out', out]);
    expect(stdout).toMatch(/^\d+ vectors in 2 files\./);
    expect(status).toBe(0);
    expect(readdirSync(out).sort()).toEqual([
      'README.md',
      'device-status.json',
      'read_vectors.py',
      'regressions.json',
      'vectors.schema.json',
    ]);
    const { vectors } = JSON.parse(readFileSync(join(out, 'device-status.json'), 'utf8')) as {
      readonly vectors: readonly { readonly id: string }[];
    };
    expect(vectors.length).toBeGreaterThan(1);
    expect(vectors.every(({ id }) => id.startsWith('device/status-hides-driver-ok/'))).toBe(true);
  });

  it('says which package brings a QEMU that is missing', () => {
    const { status, stderr } = virtcheck(['run', '--target', 'qemu:riscv64'], { PATH: folder });
    expect(stderr).toMatch(/qemu-system-riscv64[\s\S]*install/);
    expect(status).toBe(3);
  });

  it.each(['clauses', 'vectors'])('%s ends without a word where its reader has seen enough', (command) => {
    const line = `"${process.execPath}" "${BIN}" ${command} --verbose | head -1; echo "\${PIPESTATUS[0]}"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', line], { cwd: folder, encoding: 'utf8' });
    expect(stdout).toMatch(/^\S.*\n0\n$/);
    expect(stderr).not.toMatch(/EPIPE|error/);
  });

  it('finds clauses by words where no id starts so', () => {
    const rows = JSON.parse(virtcheck(['clauses', '--json', 'Discard']).stdout) as { readonly id: string }[];
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.every(({ id }) => !id.startsWith('discard'))).toBe(true);
    expect(virtcheck(['clauses', 'no such words'])).toMatchObject({ status: 2 });
  });

  it('filters clauses', () => {
    const args = ['clauses', '--json', 'blk.device', '--area', 'blk', '--party', 'device'];
    const rows = JSON.parse(virtcheck(args).stdout) as { id: string; party: string }[];
    expect(rows.length).toBeGreaterThan(10);
    expect(rows.every((row) => row.id.startsWith('blk.device') && row.party === 'device')).toBe(true);
  });

  it('colours on demand only', () => {
    expect(virtcheck(['clauses']).stdout).not.toContain('\u001b');
    expect(virtcheck(['clauses', '--color']).stdout).toContain('\u001b');
    expect(virtcheck(['--no-color', 'clauses'], { FORCE_COLOR: '1' }).stdout).not.toContain('\u001b');
  });

  it('says nothing when its reader leaves', async () => {
    const child = spawn(process.execPath, [BIN, 'clauses', '--json'], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.stdout.once('data', () => child.stdout.destroy());
    const status = await new Promise((resolve) => child.on('close', resolve));
    expect(status).toBe(0);
    expect(stderr).not.toMatch(/EPIPE|Error/);
  });

  it('judges, writes its files and leaves stdout to --json -', () => {
    const args = ['run', '--target', 'emulator', '--device', 'rng', '--transport', 'mmio-v2', '--effort', 'quick'];
    const { status, stdout, stderr } = virtcheck([...args, '--json', '-', '--junit', 'deep/r.xml']);
    expect(stderr).toContain('Conformant.');
    expect(status).toBe(0);
    accepts('run.schema.json', stdout);
    expect(readFileSync(join(folder, 'deep', 'r.xml'), 'utf8')).toMatch(/^<\?xml[\s\S]*<\/testsuites>\n$/);
  });

  it('performs a finding again on what it was found on, seeded fault included, and finds nothing without', () => {
    const found = ['run', '--target', 'emulator', '--device', 'rng', '--transport', 'mmio-v2', '--effort', 'quick'];
    const { status, stdout } = virtcheck([...found, '--fault', 'used-length-zero', '--only', 'entropy.', '--out', 'o']);
    expect(status).toBe(1);
    const command = /Replay: +npx virtcheck (replay \S+)/.exec(stdout)![1].split(' ');
    const again = virtcheck(command);
    expect(again).toMatchObject({ status: 1, stdout: expect.stringMatching(/Reproduced: entropy\./), stderr: '' });
    const clean = virtcheck([...command, '--target', 'emulator']);
    expect(clean).toMatchObject({ status: 0, stdout: expect.stringMatching(/Not reproduced/) });
    const machines = virtcheck([...command, '--json']);
    accepts('replay.schema.json', machines.stdout);
  });

  it('ends in good order on the first signal, with its files and the exit code of an interruption', async () => {
    const args = ['run', '--target', 'emulator', '--device', 'blk', '--effort', 'thorough', '--json', 'i.json'];
    const child = spawn(process.execPath, [BIN, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.once('data', () => setTimeout(() => child.kill('SIGINT'), 2500));
    const status = await new Promise((resolve) => child.on('close', resolve));
    expect(stdout).toContain('interrupted');
    expect(status).toBe(130);
    expect(existsSync(join(folder, 'i.json'))).toBe(true);
    accepts('run.schema.json', readFileSync(join(folder, 'i.json'), 'utf8'));
  });

  describe('trace', () => {
    const line = (did: string, offset: number, value: number): string =>
      `memory_region_ops_${did} cpu 0 mr 0x1 addr 0x${(0xa003e00 + offset).toString(16)} value 0x${value.toString(16)} size 4 name 'virtio-mmio'\n`;
    const probe = line('read', 0, 0x74726976) + line('read', 4, 2) + line('read', 8, 4) + line('write', 0x70, 0);
    const good = join(folder, 'good.log');
    const bad = join(folder, 'bad.log');
    writeFileSync(good, `serial noise\n${probe}`);
    writeFileSync(bad, probe + line('read', 0x70, 0) + line('write', 0x50, 0));

    it('judges a recording, and writes what its schema says', () => {
      const { status, stdout } = virtcheck(['trace', good, '--json', 'trace.json']);
      expect({ status, last: stdout.trimEnd().split('\n').at(-1) }).toEqual({
        status: 0,
        last: 'Conformant: 1 driver.',
      });
      expect(stdout).toMatch(/rng at 0x0a003e00 \(mmio-v2\)/);
      expect(stdout).toMatch(/1 {2}serial/);
      accepts('trace.schema.json', readFileSync(join(folder, 'trace.json'), 'utf8'));
    });

    it('names the line at which a driver broke a clause', () => {
      const { status, stdout } = virtcheck(['trace', bad, '--json', '-']);
      expect(status).toBe(1);
      accepts('trace.schema.json', stdout);
      const text = virtcheck(['trace', bad]).stdout;
      expect(text).toMatch(/FAIL init.driver.device-initialization.7[\s\S]*line 6: notified queue 0 before DRIVER_OK/);
      expect(text).toMatch(/Not conformant: rng at 0x0a003e00/);
    });

    it('reads a pipe', () => {
      const { status, stdout } = spawnSync(process.execPath, [BIN, 'trace', '-'], { input: probe, encoding: 'utf8' });
      expect({ status, stdout }).toMatchObject({ status: 0, stdout: expect.stringMatching(/standard input/) });
    });

    it.each([
      ['nowhere.log', 2, /trace: cannot read nowhere.log: there is no such file/],
      [BIN, 3, /no virtio-mmio device in .*virtcheck.js[\s\S]*--base ADDRESS/],
    ])('%s is nothing to judge', (path, code, message) => {
      const { status, stderr } = virtcheck(['trace', path]);
      expect(status).toBe(code);
      expect(stderr).toMatch(message);
    });
  });

  it('guest says what to install where there is nothing to boot', () => {
    const { status, stderr } = virtcheck(['guest', 'linux', '--kernel', BIN, '--modules', join(folder, 'none')]);
    expect(status).toBe(3);
    expect(stderr).toMatch(/no modules for .*install linux-image-cloud-amd64/);
  });
});
