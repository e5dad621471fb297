import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { defineTarget } from './define-target.ts';
import { kinds, outcome, perform, requestEntropy } from './fixtures/drive.ts';
import { createModuleTarget, definitionProblems, loadModuleTarget } from './module-target.ts';
import { TargetUnavailable, type SyncSession } from './target.ts';

const example = fileURLToPath(new URL('../docs/examples/my-rng.ts', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'virtcheck-module-test-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const valid = { name: 'x', version: '1', device: 'rng', transport: 'mmio-v2', create: () => device } as const;
const device = { read: () => 0, write: () => {} };

async function open(definition: unknown): Promise<SyncSession> {
  const target = createModuleTarget(definition, 'test');
  return (await target.open(target.combinations[0])) as SyncSession;
}

describe('module target', () => {
  test('the documented example answers requests', async () => {
    const target = await loadModuleTarget(example);
    expect(target.name).toBe('my-rng');
    const session = await target.open(target.combinations[0]);
    for (let i = 0; i < 2; i++) {
      const { status, levels, bytes } = await requestEntropy(session);
      expect(status).toBe(1);
      expect(levels).toEqual([1, 0]);
      expect(bytes.some((byte) => byte !== 0)).toBe(true);
    }
    expect(outcome(session.log)).toBeUndefined();
  });

  test('the documented example asks for a reset where only that helps', async () => {
    const target = await loadModuleTarget(example);
    const session = (await target.open(target.combinations[0])) as SyncSession;
    await requestEntropy(session);
    const { base } = session.info.memory;
    // Two thousand more chains than the queue has descriptors.
    session.store(base + 16 * 8 + 2, Uint8Array.of(0, 8));
    session.writeRegister(0x50, 4, 0);
    expect(session.readRegister(0x70, 4) & 64).toBe(64);
    expect(session.readRegister(0x60, 4)).toBe(2);
    const { levels } = await requestEntropy(session);
    expect(levels).toEqual([1, 0]);
  });

  test('plain Node.js loads TypeScript by itself', () => {
    // What users run is the compiled form, where there is one.
    const compiled = new URL('../dist/targets/module-target.js', import.meta.url);
    const isBuilt = existsSync(compiled);
    const loader = isBuilt ? compiled : new URL('module-target.ts', import.meta.url);
    const script = `
      const { loadModuleTarget } = await import(${JSON.stringify(loader.href)});
      console.log((await loadModuleTarget(${JSON.stringify(example)})).name);`;
    const args = [...(isBuilt ? [] : ['--import', 'tsx']), '--input-type=module', '--eval', script];
    expect(execFileSync(process.execPath, args, { encoding: 'utf8' })).toBe('my-rng\n');
  });

  test('loads JavaScript', async () => {
    const file = join(directory, 'plain.mjs');
    writeFileSync(
      file,
      `export default { name: 'plain', version: '2', device: 'blk', transport: 'mmio-v1', mode: 'armeb',
        create: () => ({ read: (offset) => offset, write() {} }) };`,
    );
    const target = await loadModuleTarget(file);
    expect(target.combinations).toMatchObject([{ device: 'blk', variant: 'default', mode: { name: 'armeb' } }]);
    const session = (await target.open(target.combinations[0])) as SyncSession;
    expect(session.readRegister(0x44, 4)).toBe(0x44);
  });

  test('says what is wrong with a module', async () => {
    await expect(loadModuleTarget('/no/such/module.ts')).rejects.toThrow('/no/such/module.ts: no such file');
    const broken = join(directory, 'broken.mjs');
    writeFileSync(broken, 'export const x = ;');
    await expect(loadModuleTarget(broken)).rejects.toThrow(TargetUnavailable);
    const empty = join(directory, 'empty.mjs');
    writeFileSync(empty, 'export const x = 1;');
    await expect(loadModuleTarget(empty)).rejects.toThrow(/is not a target:\n {2}- there is no default export/);
  });

  test.each([
    [{ ...valid, name: '' }, '"name" must be a text that is not empty, not ""'],
    [{ ...valid, device: 'disk' }, '"device" must be one of "blk", "console", "rng", not "disk"'],
    [{ ...valid, transport: 'pci' }, '"transport" must be one of "mmio-v1", "mmio-v2", not "pci"'],
    [{ ...valid, create: 1 }, '"create" must be a function that makes a device, not 1'],
    [{ ...valid, variants: [] }, '"variants" must be an object with a field for each variant, not []'],
    [{ ...valid, variants: { a: { claims: { serial: 1 } } } }, '"variants.a.claims.serial" must be a text of up to 20'],
    [{ ...valid, hostActions: ['type'] }, '"hostActions[0]" must be one of "resize-disk", '],
    [{ ...valid, memory: { base: 0, size: 1 } }, '"memory.size" must be a whole number of at least 4096, not 1'],
    [{ ...valid, claim: {} }, '"claim" is unknown; known are '],
    [() => valid, 'its default export is not an object'],
  ])('%j is no definition', (definition, message) => {
    expect(definitionProblems(definition).join('\n')).toContain(message);
  });

  test('variants reach create and claims', async () => {
    const made: string[] = [];
    const definition = defineTarget({
      ...valid,
      claims: { maxChain: 3 },
      variants: { a: {}, b: { claims: { readOnly: true } } },
      create(_platform, variant) {
        made.push(variant);
        return device;
      },
    });
    const target = createModuleTarget(definition, 'test');
    const claims = await Promise.all(target.combinations.map(async (c) => (await target.open(c)).info.claims));
    expect(made).toEqual(['a', 'b']);
    expect(claims).toEqual([{ maxChain: 3 }, { maxChain: 3, readOnly: true }]);
  });

  test('a device that answers nonsense dies of it', async () => {
    const session = await open({ ...valid, create: () => ({ read: () => undefined, write() {} }) });
    session.readRegister(0x10, 4);
    expect(outcome(session.log)).toContain('threw: TypeError: read(0x10, 4) returned undefined, not a whole number');
    const nothing = await open({ ...valid, create: () => undefined });
    expect(outcome(nothing.log)).toContain('create() returned no device: no method "read"');
  });

  test('negative numbers are taken as the bits that they are', async () => {
    const session = await open({ ...valid, create: () => ({ read: () => -1, write() {} }) });
    expect([1, 2, 4].map((size) => session.readRegister(0, size))).toEqual([0xff, 0xffff, 0xffffffff]);
  });

  test('a module in JavaScript that says null has put nothing out', async () => {
    const nothing = (): undefined => JSON.parse('null') as undefined;
    const session = await open({
      ...valid,
      hostActions: ['console-output'],
      create: () => ({ read: () => 0, write() {}, host: nothing }),
    });
    await perform(session, [{ op: 'host', event: { action: 'console-output', port: 0, bytes: [] } }]);
    expect(session.log.host(session.log.length - 1)).toEqual({ action: 'console-output', port: 0, bytes: [] });
  });

  test('memory that a device changed in secret is zero after a restart', async () => {
    const session = await open(
      defineTarget({
        ...valid,
        hostActions: ['console-output'],
        create: ({ memory }) => ({
          read: () => 0,
          write: () => void memory.bytes.fill(1, 0x8000, 0x8010),
          host: () => Uint8Array.of(104, 105),
        }),
      }),
    );
    await perform(session, [
      { op: 'write', offset: 0, size: 4, value: 0 },
      { op: 'host', event: { action: 'console-output', port: 0, bytes: [] } },
    ]);
    expect(session.log.host(session.log.length - 1)).toEqual({ action: 'console-output', port: 0, bytes: [104, 105] });
    session.restart();
    expect([...session.log.payload(session.load(0x4000_8000, 2))]).toEqual([0, 0]);
    expect(kinds(session.log)).toEqual(['PowerOn', 'RegWrite', 'Host', 'PowerOn', 'Load']);
  });
});
