import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deviceFaults } from '../../emulator/faults/catalogue.ts';
import { driverFaults } from '../../emulator/faults/driver-catalogue.ts';
import { findClause } from '../../models/clauses/catalogue.ts';
import { findRegressions, REGRESSIONS } from '../regressions/index.ts';
import { driverFaultVectors } from './driver-fault-vectors.ts';
import { faultVectors } from './fault-vectors.ts';
import { regressionVectors } from './regression-vectors.ts';
import { payloadOf, vectorsJson, type Vector, type VectorFile } from './vector.ts';

const VECTORS = fileURLToPath(new URL('../../vectors', import.meta.url));
const READER = join(VECTORS, 'read_vectors.py');
const schema = JSON.parse(readFileSync(join(VECTORS, 'vectors.schema.json'), 'utf8')) as object;
const validate = new Ajv2020({ strict: false }).compile(schema);

const hasPython = spawnSync('python3', ['--version']).status === 0;
/** Without it the reader is skipped, except in CI, where that would hide that nothing was read. */
const canRead = hasPython || process.env.CI === 'true';

const zeros = (n: number): number[] => new Array<number>(n).fill(0);

const read = (folder: string) => spawnSync('python3', [READER, folder], { encoding: 'utf8' });

describe('vectors', () => {
  const folder = mkdtempSync(join(tmpdir(), 'virtcheck-vectors-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  let status: readonly Vector[] = [];

  beforeAll(async () => {
    const names = ['status-hides-driver-ok', 'status-starts-nonzero'];
    const made = await Promise.all(deviceFaults.filter(({ name }) => names.includes(name)).map(faultVectors));
    status = made.flat();
  });

  it('are made of faults and of their twins without', () => {
    expect(status.map(({ id, result }) => [id, result])).toEqual([
      ['device/status-starts-nonzero/untagged.basic.1', 'invalid'],
      ['device/status-starts-nonzero/untagged.basic.1/valid', 'valid'],
      ['device/status-hides-driver-ok/untagged.mmio.7', 'invalid'],
      ['device/status-hides-driver-ok/untagged.mmio.7/valid', 'valid'],
    ]);
    for (const { result, events, brokeAt } of status) if (result !== 'valid') expect(brokeAt).toBe(events.length - 1);
  });

  it('are made of regression cases, and keep the schema', () => {
    const [regression] = findRegressions('kern/58555');
    const vectors = [...status, ...regressionVectors(regression)];
    expect(vectors.filter(({ party }) => party === 'driver').length).toBeGreaterThan(2);
    expect(validate(JSON.parse(vectorsJson('some', vectors))), JSON.stringify(validate.errors)).toBe(true);
    expect(validate(JSON.parse(vectorsJson('some', [{ ...vectors[0], events: [['store', 1, 'xyz']] }])))).toBe(false);
  });

  it.each(['status-overwritten', 'reset-not-awaited'])(
    'are made of driver fault %s, with a twin without it',
    (name) => {
      const fault = driverFaults.find((one) => one.name === name)!;
      const [broken, valid] = driverFaultVectors(fault);
      expect(fault.clauses).toContain(broken.clause);
      expect(broken).toMatchObject({ id: `driver/${name}/${broken.clause}`, party: 'driver' });
      expect(broken.result).toBe(/^SHOULD/.test(broken.level) ? 'acceptable' : 'invalid');
      expect(broken.brokeAt).toBe(broken.events.length - 1);
      expect(valid).toMatchObject({ id: `${broken.id}/valid`, result: 'valid' });
      expect(validate(JSON.parse(vectorsJson('some', [broken, valid]))), JSON.stringify(validate.errors)).toBe(true);
    },
  );

  it.each([
    [[], ['']],
    [[1, 2], ['0102']],
    [[1, ...zeros(7), 2], ['01' + '00'.repeat(7) + '02']],
    [
      [1, ...zeros(8), 2],
      ['01', 8, '02'],
    ],
    [
      [...zeros(9), 2, ...zeros(4)],
      [9, '0200000000'],
    ],
    [zeros(32), [32]],
  ])('count many zero bytes: %j', (bytes, pieces) => {
    expect(payloadOf(Uint8Array.from(bytes))).toEqual(pieces);
  });

  it.skipIf(!canRead)('are judged alike by a reader that knows nothing of virtcheck', () => {
    writeFileSync(join(folder, 'status.json'), vectorsJson('status', status));
    const { stdout, status: code } = read(folder);
    expect(stdout).toBe('4 vectors read, 2 verdicts on the status register reproduced, 0 failures\n');
    expect(code).toBe(0);
  });

  it.skipIf(!canRead)('are not believed: a verdict that the events do not bear out is noticed', () => {
    const [broken, valid] = status;
    const wrong: readonly Vector[] = [
      { ...broken, brokeAt: undefined, result: 'valid' },
      { ...valid, result: 'invalid', brokeAt: valid.events.length - 1 },
    ];
    writeFileSync(join(folder, 'status.json'), vectorsJson('status', wrong));
    const { stdout, status: code } = read(folder);
    expect(stdout).toContain('valid, but breaks untagged.basic.1');
    expect(stdout).toContain('not seen to break');
    expect(code).toBe(1);
  });
});

const WRAP = 'shows only when a ring index has wrapped at 2^16: a trace of many megabytes';
/** Faults and regressions that no committed vector shows, and why (vectors/README.md says it, too). */
const LEFT_OUT: Readonly<Record<string, string>> = {
  'available-index-wrap-stalls': WRAP,
  'used-event-compared-unwrapped': WRAP,
  'used-index-skips-zero': WRAP,
  'used-index-stored-bytewise': WRAP,
  'used-ring-not-wrapped': WRAP,
  'interrupt-not-acknowledged': 'shows as an endless loop: a trace of as many accesses as are waited for',
  'kern/57304': 'needs a large queue, whose descriptors alone are a long trace',
};

describe('the committed vectors', () => {
  const names = readdirSync(VECTORS).filter((name) => name.endsWith('.json') && !name.endsWith('.schema.json'));
  const files = names.map((name) => JSON.parse(readFileSync(join(VECTORS, name), 'utf8')) as VectorFile);
  const vectors = files.flatMap((file) => file.vectors);

  it.each(names)('%s keeps the schema and names clauses of the catalogue', (name) => {
    const file = files[names.indexOf(name)];
    expect(validate(file), JSON.stringify(validate.errors?.slice(0, 3))).toBe(true);
    expect(`${file.area}.json`).toBe(name);
    for (const { clause } of file.vectors) expect(findClause(clause), clause).toBeDefined();
  });

  it('show every seeded fault and every regression, but those that say why not', () => {
    const shown = new Set(vectors.map(({ id }) => id.slice(id.indexOf('/') + 1)));
    const isShown = (name: string) => [...shown].some((id) => id.startsWith(`${name}/`));
    const all = [...deviceFaults, ...driverFaults].map(({ name }) => name);
    const missing = [...all, ...REGRESSIONS.map(({ id }) => id)].filter((name) => !isShown(name));
    expect(missing.sort()).toEqual(Object.keys(LEFT_OUT).sort());
  });

  it('have ids that were published once and for all: none is lost, changed or given twice', () => {
    const ids = vectors.map(({ id }) => id);
    const published = readFileSync(join(VECTORS, 'ids.txt'), 'utf8').trimEnd().split('\n');
    expect(new Set(ids).size).toBe(ids.length);
    // Whoever adds vectors adds their ids (npm run vectors does); a line of the file is never taken away.
    expect([...ids].sort()).toEqual(published);
  });

  it('are named after what they show', () => {
    const clauses = new Map<string, readonly string[]>(
      [...deviceFaults, ...driverFaults].map(({ name, clauses: named }) => [name, named]),
    );
    const cases = new Set(REGRESSIONS.map(({ id }) => id));
    for (const { id, clause, party, result } of vectors) {
      const [, side, what, last] = /^(device|driver)\/(.+)\/([^/]+?)$/.exec(id.replace(/\/valid$/, '')) ?? [];
      expect(id.endsWith('/valid'), id).toBe(result === 'valid');
      expect(side, id).toBe(party);
      if (cases.has(what)) expect(Number(last), id).toBeGreaterThan(0);
      else expect(clauses.get(what) ?? [], id).toContain(last);
      if (!cases.has(what)) expect(last, id).toBe(clause);
    }
  });

  it.skipIf(!canRead)('are all read, with the verdicts on the status register reproduced', () => {
    const { stdout, status } = read(VECTORS);
    expect(stdout).toMatch(/, 0 failures\n$/);
    expect(stdout).toContain(`${String(vectors.length)} vectors read`);
    expect(status).toBe(0);
  });
});
