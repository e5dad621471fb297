/** Campaigns as their supervisor runs them: workers that hang or die, disks that are full. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadModuleTarget } from '../targets/module-target.ts';
import { runCampaign, type CampaignOptions } from './campaign.ts';
import { CampaignState, type CampaignIdentity } from './campaign-state.ts';
import { Journal, readJournal, type JournalFiles } from './journal.ts';

const folder = mkdtempSync(join(tmpdir(), 'virtcheck-campaign-'));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');

/** The example of the documentation, changed; its import of the package is erased with its types. */
function deviceWith(name: string, right: string, wrong: string): string {
  const path = join(folder, `${name}.ts`);
  const source = readFileSync(new URL('../docs/examples/my-rng.ts', import.meta.url), 'utf8');
  expect(source).toContain(right);
  const local = source
    .replace('import { defineTarget, type TargetDevice, type', 'import type { TargetDevice,')
    .replace(', type TargetPlatform', ', TargetPlatform')
    .replace('export default defineTarget({', 'export default ({')
    .replace(right, wrong);
  writeFileSync(path, local);
  return path;
}

async function campaign(target: string, more: Partial<CampaignOptions> = {}) {
  const identity: CampaignIdentity = {
    target,
    against: null,
    devices: null,
    transports: null,
    faults: [],
    seed: 1,
    shard: { index: 0, of: 1 },
  };
  const home = mkdtempSync(join(folder, 'home-'));
  const notes: string[] = [];
  const end = await runCampaign({
    identity,
    target: await loadModuleTarget(target),
    targetOptions: {},
    folder: home,
    findings: join(home, 'findings'),
    jobs: 1,
    scenarios: 60,
    expectations: [],
    onNote: (text) => notes.push(text),
    ...more,
  });
  return { end, home, notes };
}

describe('a campaign', { timeout: 180_000 }, () => {
  it('counts the branches of its target, and says so in its result; or leaves its code alone', async () => {
    const target = deviceWith('counted', 'case 0x050:', 'case 0x050:');
    const { end } = await campaign(target, { coverage: true, scenarios: 120 });
    const { code, series, target: seen, groups } = end.state;
    expect(code?.total).toBeGreaterThan(60);
    expect(code!.reached).toBeGreaterThan(0.5 * code!.total);
    expect(code!.reached).toBeLessThanOrEqual(code!.total);
    expect(seen?.code).toBe(code?.total);
    expect(series.at(-1)?.code).toBe(code?.reached);
    expect(series.at(-1)?.memory).toBeGreaterThan(1);
    expect([...groups.values()].map((group) => group.code.size)).toEqual([code?.reached]);
    const again = await campaign(target, { scenarios: 120 });
    expect(again.end.state.code).toBeUndefined();
    expect(again.end.state.features.size).toBeLessThan(end.state.features.size);
  });

  it('survives a device that never comes back, and files how to make it do so', async () => {
    const target = deviceWith('hanging', 'case 0x050:', 'case 0x050:\n        for (;;);');
    const { end, home, notes } = await campaign(target, { patienceMs: 1500, scenarios: 12 });
    const [hang] = end.state.ranked.filter(({ kind }) => kind === 'hang');
    expect(hang.clause).toBe('untagged.live.2');
    expect(hang.actions).toBeLessThanOrEqual(4);
    expect(readdirSync(join(home, 'findings'))).toContain(hang.files.vitest);
    expect(end.state.workersLost).toBeGreaterThan(0);
    expect(notes.some((text) => text.includes('is replaced'))).toBe(true);
    expect([...end.state.open.keys()]).toEqual([]);
  });

  it('survives a device that ends its thread', async () => {
    const target = deviceWith('leaving', 'case 0x050:', 'case 0x050:\n        process.exit(3);');
    const { end } = await campaign(target, { scenarios: 12 });
    const [crash] = end.state.ranked;
    expect(crash.kind).toBe('crash');
    expect(crash.seen).toContain('code 3');
  });

  it('goes on when the disk is full, says so once, and hands over what no file holds', async () => {
    const target = deviceWith(
      'wrong',
      'this.memory.store32(entry + 4, written, true);',
      'this.memory.store32(entry + 4, written + 1, true);',
    );
    const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    const files: JournalFiles = {
      write: () => {
        throw full;
      },
      sync: () => undefined,
    };
    const { end, notes } = await campaign(target, { files });
    expect(notes.filter((text) => text.includes('the disk is full'))).toHaveLength(1);
    expect(end.state.findings.size).toBeGreaterThan(0);
    expect(end.unwritten).toBeGreaterThan(0);
  });
});

describe('a journal', () => {
  const identity: CampaignIdentity = {
    target: 'emulator',
    against: null,
    devices: null,
    transports: null,
    faults: [],
    seed: 1,
    shard: { index: 0, of: 1 },
  };
  const line = (id: string) => ({ k: 'settled', id }) as const;

  it('writes what a disk did not take as soon as it does, without half a line', () => {
    const home = mkdtempSync(join(folder, 'journal-'));
    const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    let room = true;
    const troubles: Error[] = [];
    const journal = new Journal(home, identity, new CampaignState(), (error) => void troubles.push(error), {
      write: (fd, text) => {
        // A disk that fills up takes a part first.
        writeFileSync(fd, room ? text : text.slice(0, 5));
        if (!room) throw full;
      },
      sync: () => undefined,
    });
    journal.append(line('a'));
    room = false;
    journal.append(line('b'), true);
    journal.append(line('c'), true);
    expect(troubles).toEqual([full]);
    expect(journal.waiting).toHaveLength(2);
    room = true;
    expect(journal.flush(true)).toBe(true);
    journal.close();
    const text = readFileSync(join(home, 'journal.jsonl'), 'utf8').split('\n').slice(2, -1);
    expect(text.map((one) => (JSON.parse(one) as { id: string }).id)).toEqual(['a', 'b', 'c']);
  });

  it('leaves out the line that was being written when it was killed, and counts damaged ones', () => {
    const home = mkdtempSync(join(folder, 'journal-'));
    new Journal(home, identity, new CampaignState(), () => undefined).close();
    const path = join(home, 'journal.jsonl');
    writeFileSync(path, `${readFileSync(path, 'utf8')}{"k":"lost"\n{"k":"lost","reason":"x"}\n{"k":"lo`);
    const { state, damaged } = readJournal(home);
    expect([state.workersLost, damaged]).toEqual([1, 1]);
    writeFileSync(path, '{"k":"lost","reason":"x"}\n');
    expect(() => readJournal(home)).toThrow(/not the journal of a campaign/);
  });
});
