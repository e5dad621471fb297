import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { findClause } from '../../models/clauses/catalogue.ts';
import { findRegressions, namesOf, REGRESSIONS } from './index.ts';
import { runRegression } from './run.ts';

const schema = JSON.parse(
  readFileSync(new URL('../../reports/schemas/regress.schema.json', import.meta.url), 'utf8'),
) as object;
const validate = new Ajv2020({ strict: true }).compile(schema);

const run = (id: string, search = false) => {
  const [regression] = findRegressions(id);
  return runRegression(regression, { seed: 1, search });
};

describe.each(REGRESSIONS.map((regression) => [regression.id, regression] as const))('%s', (_id, regression) => {
  const report = runRegression(regression, { seed: 1, search: false });

  it('shows the defect with it, and nothing without', () => {
    expect(report.broken).toEqual([]);
    expect(report.result.fixed.violated).toEqual([]);
  });

  it('says what programs expect', () => {
    const { result, ...shown } = report;
    for (const entry of [result, { ...result, ...shown }]) {
      expect(validate([entry]), JSON.stringify(validate.errors)).toBe(true);
    }
    for (const id of report.result.buggy.violated) expect(findClause(id), id).toBeDefined();
  });
});

describe('kern/58555', () => {
  const report = run('58555');
  const text = (i: number): string =>
    report.stories[i].buggy.rows.map(({ text: row, broke }) => row + (broke?.clause ?? '')).join('\n');

  it('names the request before finish, and the notification before DRIVER_OK on MMIO', () => {
    const rows = report.stories[0].buggy.rows;
    const early = rows.findIndex(({ broke }) => broke?.clause === 'netbsd.enqueue-after-finish');
    const finish = rows.findIndex(({ text: row }) => row.startsWith('child_attach_finish'));
    expect(early).toBeGreaterThan(0);
    expect(early).toBeLessThan(finish);
    expect(rows[early].broke?.state).toContain('NEGOTIATED');
    const kick = rows.find(({ broke }) => broke?.clause === 'netbsd.notify-ready-queue');
    expect(kick?.broke?.seen).toBe('queue 0 notified: ready=0, status=0x0b');
  });

  it('names the null dereference on PCI 1.0, and the assertion of 1.82', () => {
    expect(text(1)).toContain('PANIC (null-dereference): vqs in kick(0) is null');
    expect(text(2)).toContain('PANIC (assertion): enqueue_prep: attaching has not finished');
  });

  it('has the trace of section 3.6 once it is repaired', () => {
    const bus = report.stories[0].fixed.rows.filter(({ lane }) => lane === 'bus').map(({ text: row }) => row);
    expect(bus.join(' ')).toMatch(/R070=b W070=f.* W050=0$/);
  });
});

describe('search', () => {
  it.each(['58555', '57304', 'program-before-register', 'mmio-1.14', 'H9'])('finds %s without being told', (id) => {
    const report = run(id, true);
    expect(report.broken).toEqual([]);
    expect(report.result.found?.scenarios).toBeLessThanOrEqual(200);
    expect(report.result.found?.steps).toBeLessThanOrEqual(10);
    expect(validate([report.result])).toBe(true);
  });

  it('finds nothing where there is no defect', () => {
    const [regression] = findRegressions('58555');
    const report = runRegression({ ...regression, buggy: regression.fixed }, { seed: 1, search: false });
    expect(report.broken).not.toEqual([]);
  });
});

describe('findRegressions', () => {
  it.each(['58555', 'kern/58555', 'PR58555', 'PR kern/58555', 'pr 58555'])('knows %s', (name) => {
    expect(findRegressions(name).map(({ id }) => id)).toEqual(['kern/58555']);
  });

  it('gives both forms of 57358, aliases in any case, and nothing for what it does not know', () => {
    expect(findRegressions('57358').map(({ id }) => id)).toEqual(['kern/57358-a', 'kern/57358-b']);
    expect(findRegressions('h1').map(({ id }) => id)).toEqual(['H1']);
    expect(findRegressions('1.78').map(({ id }) => id)).toEqual(['race-1.78']);
    expect(findRegressions('58556')).toEqual([]);
  });

  it('has names that stand for one case each', () => {
    const names = REGRESSIONS.flatMap(namesOf).map((name) => name.toLowerCase());
    expect(new Set(names).size).toBe(names.length);
  });
});
