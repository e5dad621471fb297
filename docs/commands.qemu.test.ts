/**
 * Every command that README.md and docs/ show in a block of `sh` is run as a reader would run it, one after the other, in
 * a folder in which virtcheck is installed. A block is left out only if the comment above it says why:
 * `<!-- not run: REASON -->`.
 */
import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const mustRun = process.env.CI === 'true';
/** Milliseconds that one command may take. */
const PATIENCE = 240_000;
/** What `timeout` ends with. */
const TIMED_OUT = 124;

interface Shown {
  readonly line: number;
  readonly command: string;
}

/** The commands of a page, continued lines joined. */
function commandsOf(page: string): readonly Shown[] {
  const shown: Shown[] = [];
  const lines = readFileSync(join(ROOT, page), 'utf8').split('\n');
  let before = '';
  for (let i = 0; i < lines.length; i++) {
    // Blocks in lists are indented.
    if (lines[i].trim() !== '```sh') {
      if (lines[i].trim() !== '') before = lines[i].trim();
      continue;
    }
    const isLeftOut = /^<!-- not run: .{10,} -->$/.test(before);
    for (i++; lines[i].trim() !== '```'; i++) {
      const line = i + 1;
      let command = lines[i].trim();
      while (/[\\|]$/.test(command)) command = `${command.replace(/\\$/, '')}${lines[++i].trim()}`;
      if (!isLeftOut && command.trim() !== '' && !command.startsWith('#')) shown.push({ line, command });
    }
    before = '';
  }
  return shown;
}

/** What a page takes for granted: files that a reader would have, and servers that he would have started. */
interface Given {
  readonly files?: Readonly<Record<string, string>>;
  /** Run first, until its output says that it listens. */
  readonly servers?: readonly string[];
  /** Commands that are run before. */
  readonly prepare?: readonly string[];
}

const example = (name: string): string => readFileSync(join(ROOT, 'docs', 'examples', name), 'utf8');
const recording = readFileSync(join(ROOT, 'docs', 'examples', 'boot.log'), 'utf8');

const GIVEN: Readonly<Record<string, Given>> = {
  'README.md': {
    files: { 'my-device.ts': example('my-rng.ts'), 'boot.log': recording },
    servers: ['virtcheck serve --listen unix:device.sock --describe d.json'],
    prepare: ['virtcheck run --target emulator --device rng --json other.json'],
  },
  'docs/ci.md': {
    prepare: ['virtcheck run --target emulator --device rng --json main.json', 'cp main.json result.json'],
  },
  'docs/judging-a-driver.md': { files: { 'boot.log': recording }, prepare: ['gzip -k boot.log'] },
  'docs/netbsd-attach.md': {
    files: { 'profile.json': '{"revisions": {"virtio.c": "1.79"}, "switches": ["repair-h1"]}' },
  },
  'docs/quick-start.md': { files: { 'boot.log': recording } },
  'docs/writing-a-target.md': {
    files: { 'my-rng.ts': example('my-rng.ts') },
    servers: [
      'virtcheck serve --listen unix:my-vmm.sock --describe my-vmm.json',
      'virtcheck serve --listen tcp:127.0.0.1:4711',
    ],
  },
};

const pages = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs')).flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : [])),
];
if (existsSync(join(ROOT, 'CONTRIBUTING.md'))) pages.push('CONTRIBUTING.md');

/** What a command is without its comment. */
const bare = (command: string): string => command.replace(/ +#.*/, '');

/**
 * Commands that read no file and take long: shown on several pages, they are run on the last of them only.
 */
function isRunElsewhere(command: string, page: string): boolean {
  if (!/^npx virtcheck (guest linux|regress \S+)$/.test(bare(command))) return false;
  const last = pages.findLast((other) => commandsOf(other).some((shown) => bare(shown.command) === bare(command)));
  return last !== page;
}

/** The programs of other packages that a command needs and that are missing here. */
function missingPrograms(command: string): readonly string[] {
  const needed = [...command.matchAll(/qemu:(\w+)/g)].map(([, machine]) =>
    machine === 'microvm' ? 'qemu-system-x86_64' : `qemu-system-${machine}`,
  );
  needed.push(...(command.match(/qemu-system-\w+/g) ?? []));
  if (/guest linux|linux-mmio/.test(command)) needed.push('qemu-system-x86_64', 'busybox');
  return needed.filter((program) => spawnSync('which', [program]).status !== 0);
}

describe.each(pages.filter((page) => commandsOf(page).length > 0))('%s', (page) => {
  const folder = mkdtempSync(join(tmpdir(), 'virtcheck-docs-'));
  const servers: ChildProcess[] = [];
  const environment = {
    ...process.env,
    PATH: `${join(folder, 'node_modules', '.bin')}:${process.env.PATH}`,
    CI: 'true',
  };

  beforeAll(async () => {
    const modules = join(folder, 'node_modules');
    mkdirSync(join(modules, '.bin'), { recursive: true });
    symlinkSync(ROOT, join(modules, 'virtcheck'));
    symlinkSync(join(ROOT, 'bin', 'virtcheck.js'), join(modules, '.bin', 'virtcheck'));
    // What is shown is what is run, only shorter.
    writeFileSync(join(folder, 'virtcheck.config.json'), '{ "defaults": { "effort": "quick" } }');
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    cpSync(join(ROOT, 'docs', 'examples'), join(folder, 'docs', 'examples'), { recursive: true });
    for (const [name, content] of Object.entries(GIVEN[page]?.files ?? {})) writeFileSync(join(folder, name), content);
    const { prepare = [], servers: toStart = [] } = GIVEN[page] ?? {};
    for (const command of prepare) await shell(command, folder, environment);
    for (const command of toStart) servers.push(await listening(command, folder, environment));
  }, PATIENCE);

  afterAll(() => {
    for (const server of servers) server.kill();
    rmSync(folder, { recursive: true });
  });

  const own = commandsOf(page).filter(({ command }) => !isRunElsewhere(command, page));
  test.each(own)('line $line: $command', { timeout: PATIENCE }, async ({ command }) => {
    const missing = missingPrograms(command);
    if (missing.length > 0 && !mustRun) return;
    if (/^(npx )?virtcheck serve/.test(command)) {
      for (const server of servers) server.kill();
      const server = await listening(command.replace(/ *#.*/, ''), folder, environment);
      server.kill();
      return;
    }
    const { status, stdout, stderr } = await shell(shortened(command), folder, environment);
    // A deviation that was found is what many of them are there to show; nothing else may go wrong.
    const ours = command.includes('virtcheck') ? [0, 1] : [0];
    const expected = command.includes('timeout 5') ? [...ours, TIMED_OUT] : ours;
    expect({ status, stdout, stderr }).toEqual({ status: expect.toBeOneOf(expected), stdout, stderr });
    expect(stderr).not.toMatch(/internal error|^error:/m);
  });
});

/** Campaigns are shown as long as one would let them run. */
function shortened(command: string): string {
  if (!/virtcheck fuzz/.test(command)) return command;
  const [shown, ...comment] = command.split(' #');
  const timed = / --(time|scenarios) \S+/.test(shown)
    ? shown.replace(/ --time \S+/, ' --time 3s')
    : `${shown} --time 3s`;
  return [timed, ...comment].join(' #');
}

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function shell(command: string, cwd: string, env: NodeJS.ProcessEnv): Promise<Ended> {
  return new Promise((resolve) => {
    execFile('bash', ['-c', command], { cwd, env, maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
      const status = error === null ? 0 : typeof error.code === 'number' ? error.code : null;
      resolve({ status, stdout, stderr });
    });
  });
}

/** Starts a server, and waits until it says that it listens. */
function listening(command: string, cwd: string, env: NodeJS.ProcessEnv): Promise<ChildProcess> {
  const server = spawn('bash', ['-c', `exec ${command}`], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  return new Promise((resolve, reject) => {
    let text = '';
    const hear = (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('Serving')) resolve(server);
    };
    server.stdout.on('data', hear);
    server.stderr.on('data', hear);
    server.on('exit', () => reject(new Error(`${command}: ${text}`)));
  });
}
