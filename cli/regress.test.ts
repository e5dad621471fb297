import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const BIN = fileURLToPath(new URL('../bin/virtcheck.js', import.meta.url));

function virtcheck(...args: readonly string[]) {
  return spawnSync(process.execPath, [BIN, ...args], { encoding: 'utf8', maxBuffer: 1 << 26 });
}

describe('virtcheck regress', () => {
  it('tells the story of a report', () => {
    const { status, stdout } = virtcheck('regress', 'kern/58555', '--no-search');
    expect(status).toBe(0);
    for (const part of [
      'netbsd.enqueue-after-finish',
      'queue 0 notified: ready=0, status=0x0b',
      'PANIC (null-dereference): vqs in kick(0) is null',
      'PANIC (assertion): enqueue_prep: attaching has not finished',
      'state:    NEGOTIATED',
      'no obligation broke',
    ]) {
      expect(stdout).toContain(part);
    }
  });

  it('writes JSON alone to stdout', () => {
    const { status, stdout } = virtcheck('regress', 'H1', '--no-search', '--json', '-');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject([{ id: 'H1', status: 'open', found: null, fixed: { violated: [] } }]);
  });

  it('says what may have been meant', () => {
    const { status, stderr } = virtcheck('regress', 'kern/58556');
    expect(status).toBe(2);
    expect(stderr).toContain("there is no regression case 'kern/58556'");
    expect(stderr).toContain('kern/58555');
    expect(stderr).toContain('regress all --no-search');
  });
});

describe('virtcheck explore', () => {
  it('prints the lifecycle in each format', () => {
    expect(virtcheck('explore', 'attach', '--dot').stdout).toMatch(/^digraph attach \{/);
    expect(virtcheck('explore', 'attach', '--mermaid').stdout).toMatch(/^stateDiagram-v2/);
    const { states, illegal } = JSON.parse(virtcheck('explore', 'attach', '--json', '--api', 'old').stdout) as {
      states: string[];
      illegal: unknown[];
    };
    expect(states).toContain('FINISHED/2');
    expect(illegal.length).toBeGreaterThan(200);
  });

  it('refuses other models and two formats at once', () => {
    expect(virtcheck('explore', 'atach').stderr).toContain("did you mean 'attach'?");
    expect(virtcheck('explore', 'attach', '--dot', '--json').status).toBe(2);
  });
});
