import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deviceFaults } from '../../emulator/faults/catalogue.ts';
import { perform } from '../../harness/driver-stack/perform.ts';
import { findClause } from '../../models/clauses/catalogue.ts';
import { findRegressions } from '../regressions/index.ts';
import { driverVectors } from './driver-vectors.ts';
import { faultVectors } from './fault-vectors.ts';
import { vectorsJson, type Vector, type VectorFile } from './vector.ts';

const VECTORS = fileURLToPath(new URL('../../vectors', import.meta.url));
const READER = join(VECTORS, 'read_vectors.py');
const schema = JSON.parse(readFileSync(join(VECTORS, 'vectors.schema.json'), 'utf8')) as object;
const validate = new Ajv2020({ strict: false }).compile(schema);

const hasPython = spawnSync('python3', ['--version']).status === 0;
/** Without it the reader is skipped, except in CI, where that would hide that nothing was read. */
const canRead = hasPython || process.env.CI === 'true';

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
    const vectors = [...status, ...driverVectors(regression, perform)];
    expect(vectors.filter(({ party }) => party === 'driver').length).toBeGreaterThan(2);
    expect(validate(JSON.parse(vectorsJson('some', vectors))), JSON.stringify(validate.errors)).toBe(true);
    expect(validate(JSON.parse(vectorsJson('some', [{ ...vectors[0], events: [['store', 1, 'xyz']] }])))).toBe(false);
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

describe('the committed vectors', () => {
  const files = readdirSync(VECTORS).filter((name) => name.endsWith('.json') && !name.endsWith('.schema.json'));

  it.each(files)('%s keeps the schema and names clauses of the catalogue', (name) => {
    const file = JSON.parse(readFileSync(join(VECTORS, name), 'utf8')) as VectorFile;
    expect(validate(file), JSON.stringify(validate.errors?.slice(0, 3))).toBe(true);
    for (const { clause } of file.vectors) expect(findClause(clause), clause).toBeDefined();
  });

  it.skipIf(!canRead)('are all read, with the verdicts on the status register reproduced', () => {
    const { stdout, status } = read(VECTORS);
    expect(stdout).toMatch(/, 0 failures\n$/);
    expect(status).toBe(0);
  });
});
