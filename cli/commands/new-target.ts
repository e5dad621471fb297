/** `virtcheck new-target`: a skeleton for a device of one's own that can be judged and fuzzed at once. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { commandLine } from '../../harness/command-line.ts';
import { packageFolder } from '../../harness/package-folder.ts';
import { EXIT, UsageError, type ExitCode } from '../exit-codes.ts';
import { checkWritableFile, writeWhole } from '../files.ts';
import { write, type GlobalOptions } from '../output.ts';

export interface NewTargetFlags extends GlobalOptions {
  /** An endpoint in C instead of a module. */
  readonly qtest?: boolean;
}

const NAME = /^[a-z][a-z0-9-]{0,39}$/;

interface NewFile {
  readonly path: string;
  readonly content: string;
}

export async function newTarget(name: string, flags: NewTargetFlags): Promise<ExitCode> {
  if (!NAME.test(name)) {
    throw new UsageError(
      `'${name}' is no name for a target`,
      'take lower-case letters, digits and hyphens: my-rng, vmm2-blk',
    );
  }
  const files = flags.qtest === true ? endpoint(name) : module(name);
  for (const { path } of files) {
    if (existsSync(path)) throw new UsageError(`there is a ${path} already`, 'take another name, or move it away');
    checkWritableFile('new-target', path);
  }
  for (const { path, content } of files) writeWhole(resolve(path), content);
  const next =
    flags.qtest === true
      ? [
          `cc -O2 -o ${name} ${name}.c`,
          commandLine('fuzz', '--target', `qtest:exec:./${name}`, '--describe', `${name}.json`, '--time', '1m'),
        ]
      : [
          commandLine('run', '--target', `./${name}.ts`),
          commandLine('fuzz', '--target', `./${name}.ts`, '--time', '1m'),
        ];
  const written = files.map(({ path }) => path).join(' and ');
  if (!flags.quiet) {
    const steps = [...next, 'docs/fuzz-your-device.md goes on from here.'].map((line) => `  ${line}`).join('\n');
    await write(
      process.stdout,
      `Wrote ${written}: an entropy device that works. Make it yours, and look what breaks:\n${steps}\n`,
    );
  }
  return EXIT.conformant;
}

/** The example of the documentation under another name; its types are erased, so that it runs wherever it lies. */
function module(name: string): NewFile[] {
  const example = readFileSync(join(packageFolder(), 'docs/examples/my-rng.ts'), 'utf8');
  const className = name.replaceAll(/(?:^|-)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  const content = example
    .replace(/^\/\*\*[\s\S]*?\*\/\n/, `${head(name)}\n`)
    .replace('import { defineTarget, type TargetDevice, type TargetMemory, type TargetPlatform }', TYPES)
    .replaceAll('MyRng', className)
    .replace("name: 'my-rng'", `name: '${name}'`)
    .replace('export default defineTarget({', 'const definition: TargetDefinition = {')
    .replace(/\}\);\n$/, '};\n\nexport default definition;\n');
  return [{ path: `${name}.ts`, content }];
}

const TYPES = 'import type { TargetDefinition, TargetDevice, TargetMemory, TargetPlatform }';

function head(name: string): string {
  return [
    '/**',
    ' * An entropy device on the modern MMIO layout: the skeleton of a device of your own.',
    ' *',
    ` *     virtcheck run --target ./${name}.ts`,
    ` *     virtcheck fuzz --target ./${name}.ts --time 1m`,
    ' *',
    ' * Change `device` at the end of the file and what `read` and `write` do; keep the rest of the queue handling as long as',
    ' * it serves. The definition, at the end, can say more: see docs/writing-a-target.md of virtcheck.',
    ' */',
  ].join('\n');
}

/** A program that speaks qtest on its standard streams, and the description that a run needs. */
function endpoint(name: string): NewFile[] {
  const example = readFileSync(join(packageFolder(), 'docs/examples/endpoint.c'), 'utf8');
  const description = {
    name,
    version: '0.1',
    device: 'rng',
    transport: 'mmio-v2',
    address: '0x0a000000',
    byteOrder: 'little',
    interrupt: null,
    memory: { base: '0x40000000', size: '0x100000' },
    claims: { requiresVersion1: true },
  };
  return [
    { path: `${name}.c`, content: example.replaceAll('ENDPOINT', name) },
    { path: `${name}.json`, content: `${JSON.stringify(description, null, 2)}\n` },
  ];
}
