/** Linux's own drivers, watched live: what they do to the registers is judged, and known to be in order but for what is recorded. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadExpectations } from '../harness/expectations.ts';
import { judgeFile } from '../harness/recorded/judge.ts';
import {
  GUEST_RESULT_SCHEMA,
  type GuestResult,
  type RecordedDeviceResult,
  type TraceResult,
} from '../harness/result.ts';
import { TRANSPORTS, type Transport } from '../models/setup.ts';
import { bootGuest, type GuestOutcome } from '../targets/linux-guest/boot.ts';
import { IMPOSTORS, REFUSER } from '../targets/linux-guest/impostors.ts';
import { initramfs } from '../targets/linux-guest/initramfs.ts';
import { findGuestParts, type GuestParts } from '../targets/linux-guest/kernel.ts';

function partsOrReason(): GuestParts | string {
  try {
    return findGuestParts();
  } catch (error) {
    return (error as Error).message;
  }
}

const parts = partsOrReason();
// Users without a kernel to boot need none; CI installs one, so there its absence is a failure.
const missing = typeof parts === 'string' && process.env.CI !== 'true';
const PATIENCE = 150_000;

/** Clauses of which every one of the three drivers must have given evidence, whatever it is that they drive. */
const EVIDENCE: Record<Transport, readonly string[]> = {
  'mmio-v2': [
    'init.driver.device-initialization.1.a',
    'init.driver.device-initialization.1.f',
    'init.driver.device-initialization.1.g',
    'init.driver.device-initialization.1.h',
    'init.driver.device-initialization.7',
    'basic.driver.feature-bits.1',
    'mmio.driver.device-initialization.1',
    'mmio.driver.register-layout.14',
    'mmio.driver.register-layout.19',
    'mmio.driver.notifications-from-the-device.1',
  ],
  'mmio-v1': [
    'init.driver.legacy-device-initialization.1',
    'untagged.legacy.8',
    'split.driver.legacy-virtqueue-layout.2',
  ],
};

describe.skipIf(missing)(`Linux on microvm${missing ? ` (skipped: ${String(parts)})` : ''}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'virtcheck-linux-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  describe.each(TRANSPORTS)('%s', (transport) => {
    let outcome: GuestOutcome;
    let result: TraceResult;
    let devices: Map<string, RecordedDeviceResult>;

    beforeAll(async () => {
      if (typeof parts === 'string') throw new Error(parts);
      const log = join(folder, `${transport}.log`);
      const archive = initramfs(parts, IMPOSTORS);
      const setup = {
        kernel: parts.kernel,
        initramfs: archive,
        impostors: IMPOSTORS,
        transport,
        directory: folder,
        log,
      };
      outcome = await bootGuest({ ...setup, patience: PATIENCE });
      result = await judgeFile(log, { expectations: loadExpectations('linux'), version: parts.version });
      devices = new Map(result.devices.map((device) => [device.name, device]));
    }, PATIENCE + 30_000);

    it('does all its work', () => {
      expect(outcome, outcome.evidence).toMatchObject({ outcome: 'finished' });
      expect(outcome.steps.filter(({ ok }) => !ok)).toEqual([]);
      expect(outcome.steps.length).toBeGreaterThan(25);
    });

    it('leaves devices alone that no driver may use', () => {
      const tried = outcome.steps.filter(({ name }) => name.includes('impostor'));
      for (const what of ['wrong magic value', 'version 3', 'DeviceID 0', 'VERSION_1', 'no queue', 'no driver']) {
        expect(
          tried.some(({ name, ok }) => ok && name.includes(what)),
          what,
        ).toBe(true);
      }
    });

    it.runIf(transport === 'mmio-v2')('gives a device up that refuses FEATURES_OK', () => {
      const tried = outcome.steps.filter(({ name }) => name.includes(REFUSER.name));
      expect(tried).toEqual([
        { name: `impostor, ${REFUSER.name}: refused`, ok: true },
        { name: `impostor, ${REFUSER.name}: given up`, ok: true },
      ]);
      const judged = devices.get('device type 5');
      const verdict = (id: string) => judged?.clauses.find((clause) => clause.id === id)?.verdict;
      // It read the status back, saw that it was refused, and set nothing up.
      expect(verdict('init.driver.device-initialization.1.f')).toBe('pass');
      expect(verdict('init.driver.device-initialization.6')).toBe('pass');
    });

    it('breaks no clause but those that are recorded', () => {
      const refuser = transport === 'mmio-v2' ? ['device type 5'] : [];
      expect([...devices.keys()].sort()).toEqual(['blk', 'console', ...refuser, 'rng']);
      for (const device of devices.values()) {
        expect(device).toMatchObject({ transport, begunInUse: false, staleExpectations: [] });
        expect(device.totals, JSON.stringify(device.mistakes)).toMatchObject({ fail: 0, warn: 0 });
        expect(device.mistakes.filter(({ clause }) => clause === null)).toEqual([]);
      }
      expect(result.malformedLines).toBe(0);
    });

    it('gives evidence for what it keeps', () => {
      for (const device of devices.values()) {
        if (device.name === 'device type 5') continue;
        const passed = device.clauses.filter(({ verdict }) => verdict === 'pass').map(({ id }) => id as string);
        for (const id of EVIDENCE[transport])
          expect([device.name, passed]).toEqual([device.name, expect.arrayContaining([id])]);
      }
    });

    it('is reported as its schema says', () => {
      const document: GuestResult = {
        schema: GUEST_RESULT_SCHEMA,
        virtcheck: result.virtcheck,
        system: 'linux',
        version: (parts as GuestParts).version,
        runs: [{ transport, ...outcome, log: 'x.log', result }],
      };
      const schema = readFileSync(new URL('../reports/schemas/guest.schema.json', import.meta.url), 'utf8');
      const validate = new Ajv2020({ strict: false }).compile(JSON.parse(schema) as object);
      expect(validate(JSON.parse(JSON.stringify(document))) ? [] : validate.errors).toEqual([]);
    });
  });

  it('is ended by the watchdog when it hangs, and what it did until then is judged', async () => {
    if (typeof parts === 'string') throw new Error(parts);
    const log = join(folder, 'hung.log');
    const setup = {
      kernel: parts.kernel,
      initramfs: Buffer.alloc(512),
      transport: 'mmio-v2' as const,
      directory: folder,
      log,
    };
    const outcome = await bootGuest({ ...setup, patience: 1500 });
    expect(outcome).toMatchObject({ outcome: 'hung', steps: [] });
    expect(outcome.evidence).toMatch(/killed by us/);
    expect((await judgeFile(log)).devices).toEqual([]);
  }, 60_000);
});
