import { describe, expect, it } from 'vitest';
import { CLAUSES, type ClauseId } from '../models/clauses/catalogue.ts';
import { clauseCoverage, clauseOf, coverageByArea, idleWaivers, inGoal } from './coverage.ts';

const LIVE: ClauseId = 'untagged.live.1';
const MEMORY: ClauseId = 'untagged.memory.1';
const faults = [{ name: 'lost-buffer', clauses: [LIVE, MEMORY] }];

const row = (rows: ReturnType<typeof clauseCoverage>, id: ClauseId) => rows.find((candidate) => candidate.id === id)!;

describe('clauseCoverage', () => {
  it('covers a clause only when a fault that names it is caught under it', () => {
    const rows = clauseCoverage(faults, new Map([['lost-buffer', [LIVE, 'untagged.live.2']]]), {});
    expect(row(rows, LIVE)).toMatchObject({ coverage: 'covered', provenBy: ['lost-buffer'] });
    expect(row(rows, MEMORY).coverage).toBe('open');
    expect(row(rows, 'untagged.live.2').coverage).toBe('open');
  });

  it('takes the most exact waiver, and proof before any waiver', () => {
    const waivers = { 'untagged.*': 'far', 'untagged.memory*': 'near', [MEMORY]: 'exact', [LIVE]: 'needless' };
    const rows = clauseCoverage(faults, new Map([['lost-buffer', [LIVE]]]), waivers);
    expect(row(rows, MEMORY)).toMatchObject({ coverage: 'waived', reason: 'exact' });
    expect(row(rows, 'untagged.live.2').reason).toBe('far');
    expect(row(rows, LIVE)).not.toHaveProperty('reason');
    expect(idleWaivers(rows, waivers)).toEqual([LIVE]);
  });

  it('aims at what can be seen of devices, without what only zoned ones have to keep', () => {
    const goal = clauseCoverage([], new Map(), {}).filter(inGoal);
    const ids: readonly string[] = goal.map(({ id }) => id);
    expect(goal.every(({ party }) => party !== 'driver')).toBe(true);
    expect(ids).toContain('blk.device.device-initialization.6');
    expect(ids).toContain('blk.device.device-operation.18');
    expect(ids.filter((id) => /initialization\.7$|operation\.(19|40)$/.test(id))).toEqual([]);
    expect(ids.filter((id) => /^(net|pci|packed)\./.test(id))).toEqual([]);
  });

  it('has a row for every clause, and counts each in its area', () => {
    const rows = clauseCoverage([], new Map(), {});
    expect(rows.map((candidate) => candidate.id)).toEqual(CLAUSES.map((clause) => clause.id));
    const tallies = [...coverageByArea(rows).values()];
    expect(tallies.reduce((n, { covered, waived, open }) => n + covered + waived + open, 0)).toBe(CLAUSES.length);
    expect(clauseOf(rows[0])).toBe(CLAUSES[0]);
  });
});
