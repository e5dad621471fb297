import { describe, expect, it } from 'vitest';
import { clause } from '../../clauses/catalogue.ts';
import { Bench, filled, SECTORS, USUAL } from '../testing/blk-bench.ts';
import { Feature, RequestType, Status } from './constants.ts';

const { OK, IOERR, UNSUPP } = Status;
const A = filled(0xaa);
const B = filled(0xbb);
const ZERO = filled(0);
const UMBRELLA = 'basic.device.legacy-feature-bits.3';

describe('status', () => {
  it('accepts OK for reads and writes in range, and nothing else', () => {
    const bench = new Bench();
    bench.write(1, A);
    bench.read(1, A);
    expect(bench.take()).toEqual([]);
    bench.write(1, A, IOERR);
    bench.read(1, A, UNSUPP);
    expect(bench.take()).toEqual(['untagged.blk.2', 'untagged.blk.2']);
  });

  it('knows no status beyond UNSUPP, nor an untouched one', () => {
    const bench = new Bench();
    bench.write(1, A, 3);
    bench.write(1, A, 0xff);
    expect(bench.take()).toEqual(['untagged.blk.1', 'untagged.blk.1']);
  });

  it('wants UNSUPP for unknown types', () => {
    const bench = new Bench();
    bench.finish(bench.expose(77, 0), UNSUPP);
    expect(bench.take()).toEqual([]);
    bench.finish(bench.expose(77, 0), OK);
    bench.finish(bench.expose(77, 0), IOERR);
    expect(bench.take()).toEqual(['untagged.blk.1', 'untagged.blk.1']);
  });

  it('leaves types with a direction or barrier bit to the device', () => {
    const bench = new Bench();
    for (const type of [5, 9, 0x80000000, 0x80000001])
      for (const status of [OK, UNSUPP]) bench.finish(bench.expose(type, 0), status);
    expect(bench.take()).toEqual([]);
  });

  it('wants IOERR beyond the capacity, and nothing changed', () => {
    const bench = new Bench();
    bench.write(SECTORS - 1, A);
    bench.write(SECTORS - 1, filled(0xbb, 2), IOERR);
    bench.read(SECTORS, A, IOERR);
    bench.read(2 ** 60, A, IOERR);
    bench.read(SECTORS - 1, A);
    expect(bench.take()).toEqual([]);
    bench.write(SECTORS, A, OK);
    bench.read(SECTORS - 1, B);
    expect(bench.take()).toEqual(['untagged.blk.4', 'untagged.blk.4']);
  });

  it('leaves malformed transfers to the device', () => {
    const bench = new Bench();
    for (const status of [OK, IOERR, UNSUPP]) {
      bench.finish(bench.expose(RequestType.OUT, 1, new Uint8Array(100)), status);
      bench.finish(bench.expose(RequestType.IN, 1, 700), status);
      bench.finish(bench.expose(RequestType.IN, 1, 0), status);
    }
    bench.read(1, filled(0x77));
    expect(bench.take()).toEqual([]);
  });

  it('wants zone requests refused without ZONED', () => {
    const bench = new Bench();
    for (const type of [15, 16, 18, 20, 22, 24, 26]) bench.finish(bench.expose(type, 0), UNSUPP);
    expect(bench.take()).toEqual([]);
    bench.finish(bench.expose(16, 0, 512), OK);
    expect(bench.take()).toEqual(['blk.device.device-operation.18']);
  });

  it('blames framing for failures that only unusual framing brings about', () => {
    const bench = new Bench();
    const split = (): ReturnType<Bench['exposeChain']> => {
      const header = bench.header(RequestType.IN, 1);
      return bench.exposeChain([header.slice(0, 8), header.slice(8)], [500, 13]);
    };
    bench.write(1, A);
    bench.finish(split(), OK, A);
    expect(bench.take()).toEqual([]);
    bench.finish(split(), IOERR);
    bench.finish(split(), OK, B);
    expect(bench.take()).toEqual(['split.device.message-framing.1', 'split.device.message-framing.1']);
  });

  it('excuses transfers beyond the limits that the device has told', () => {
    const bench = new Bench({ offered: [...USUAL, Feature.SEG_MAX, Feature.SIZE_MAX] });
    const request = (): ReturnType<Bench['exposeChain']> => bench.exposeChain([bench.header(0, 1)], [512, 512, 1]);
    bench.model.configField('size_max', 4096n);
    bench.model.configField('seg_max', 1n);
    bench.finish(request(), IOERR);
    expect(bench.take()).toEqual([]);
    bench.model.configField('seg_max', 2n);
    bench.finish(request(), IOERR);
    expect(bench.take()).toEqual(['untagged.blk.2']);
  });
});

describe('flush, identification, lifetime', () => {
  it('wants FLUSH to succeed where it is negotiated', () => {
    const bench = new Bench();
    bench.flush();
    expect(bench.take()).toEqual([]);
    bench.flush(UNSUPP);
    expect(bench.take()).toEqual(['untagged.blk.1']);
    const without = new Bench({ accepted: [] });
    without.flush(UNSUPP);
    expect(without.take()).toEqual([]);
  });

  it('compares the identification with the claim', () => {
    const bench = new Bench({ claims: { serial: 'virtcheck' } });
    const id = new Uint8Array(20);
    id.set(Buffer.from('virtcheck'));
    bench.finish(bench.expose(RequestType.GET_ID, 0, 20), OK, id);
    expect(bench.take()).toEqual([]);
    bench.finish(bench.expose(RequestType.GET_ID, 0, 20), OK, id.fill(0x20, 15));
    bench.finish(bench.expose(RequestType.GET_ID, 0, 20), UNSUPP);
    expect(bench.take()).toEqual(['untagged.blk.3', 'untagged.blk.3']);
  });

  it('leaves GET_ID alone where no identification is claimed or the buffer is not 20 bytes', () => {
    const bench = new Bench();
    bench.finish(bench.expose(RequestType.GET_ID, 0, 20), UNSUPP);
    const claiming = new Bench({ claims: { serial: 'x' } });
    claiming.finish(claiming.expose(RequestType.GET_ID, 0, 8), IOERR);
    expect([...bench.take(), ...claiming.take()]).toEqual([]);
  });

  it('checks lifetime metrics', () => {
    const offered = [...USUAL, Feature.LIFETIME];
    const bench = new Bench({ offered });
    const ask = (): ReturnType<Bench['expose']> => bench.expose(RequestType.GET_LIFETIME, 0, 6);
    bench.finish(ask(), OK, new Uint8Array([3, 0, 11, 0, 0, 0]));
    expect(bench.take()).toEqual([]);
    bench.finish(ask(), OK, new Uint8Array([4, 0, 0, 0, 0, 0]));
    bench.finish(ask(), OK, new Uint8Array([0, 0, 12, 0, 0, 0]));
    expect(bench.take()).toEqual(['blk.device.device-operation.17', 'blk.device.device-operation.17']);
    const without = new Bench();
    without.finish(without.expose(RequestType.GET_LIFETIME, 0, 6), OK);
    expect(without.take()).toEqual(['untagged.blk.1']);
  });

  it('knows GET_LIFETIME where LIFETIME is negotiated', () => {
    const offered = [...USUAL, Feature.LIFETIME];
    const bench = new Bench({ offered, accepted: offered });
    bench.finish(bench.expose(RequestType.GET_LIFETIME, 0, 6), UNSUPP);
    expect(bench.take()).toEqual(['untagged.blk.1']);
    // The medium may fail to tell, and other lengths are in no clause.
    bench.finish(bench.expose(RequestType.GET_LIFETIME, 0, 6), IOERR);
    bench.finish(bench.expose(RequestType.GET_LIFETIME, 0, 512), UNSUPP);
    const declined = new Bench({ offered, accepted: USUAL });
    declined.finish(declined.expose(RequestType.GET_LIFETIME, 0, 6), UNSUPP);
    expect([...bench.take(), ...declined.take()]).toEqual([]);
  });
});

describe('data', () => {
  it('learns unknown sectors from the first read', () => {
    const bench = new Bench();
    bench.read(3, A);
    bench.read(3, A);
    expect(bench.take()).toEqual([]);
    bench.read(3, B);
    expect(bench.take()).toEqual(['untagged.blk.2']);
    bench.read(3, B);
    expect(bench.take()).toEqual([]);
  });

  it('accepts either order of writes in flight together, torn or whole', () => {
    const bench = new Bench();
    bench.write(1, ZERO);
    const first = bench.expose(1, 1, A);
    const second = bench.expose(1, 1, B);
    bench.read(1, ZERO);
    bench.read(1, B);
    bench.finish(second, OK);
    bench.finish(first, OK);
    const torn = A.slice();
    torn.fill(0xbb, 100);
    bench.read(1, torn);
    expect(bench.take()).toEqual([]);
    bench.read(1, ZERO);
    expect(bench.take()).toEqual(['untagged.blk.2']);
  });

  it('lets a read see what was there while it was in flight, and not what came before', () => {
    const bench = new Bench();
    bench.write(1, A);
    bench.write(1, B);
    const slow = bench.expose(0, 1, 512);
    bench.write(1, ZERO);
    bench.finish(slow, OK, B);
    expect(bench.take()).toEqual([]);
    const late = bench.expose(0, 1, 512);
    bench.finish(late, OK, A);
    expect(bench.take()).toEqual(['untagged.blk.2']);
  });

  it('leaves a sector open after a write that failed for a reason', () => {
    const bench = new Bench({ offered: [...USUAL, Feature.SEG_MAX] });
    bench.write(1, A);
    bench.finish(bench.exposeChain([bench.header(1, 1), B.slice(0, 256), B.slice(256)], [1]), IOERR);
    bench.read(1, B);
    bench.read(1, A);
    expect(bench.take()).toEqual([]);
    bench.read(1, ZERO);
    expect(bench.take()).toEqual(['untagged.blk.2']);
  });

  it('leaves withdrawn writes open until the device is reset, and learns what came of them', () => {
    const bench = new Bench();
    bench.write(1, A);
    bench.flush();
    const chain = bench.expose(1, 1, B);
    bench.model.abandoned(chain);
    bench.read(1, A);
    bench.read(1, B);
    expect(bench.take()).toEqual([]);
    bench.reset();
    bench.read(1, B);
    expect(bench.take()).toEqual([]);
    bench.read(1, A);
    expect(bench.take()).toEqual(['untagged.blk.2']);
  });

  it('judges nothing around requests that the driver rewrites in flight', () => {
    const bench = new Bench();
    bench.write(1, A);
    const chain = bench.expose(1, 1, B);
    chain.out.fill(0x11, 16);
    bench.finish(chain, OK);
    bench.read(1, filled(0x11));
    expect(bench.take()).toEqual([]);
  });

  it.each(['lostTrack', 'queueLost'] as const)('knows nothing after %s, as writes may happen unseen', (lost) => {
    const bench = new Bench();
    bench.write(1, A);
    bench.flush();
    bench.model[lost]();
    bench.read(1, B);
    bench.reset();
    bench.read(1, B);
    expect(bench.take()).toEqual([]);
    bench.read(1, A);
    expect(bench.take()).toEqual(['untagged.blk.2']);
  });

  it('survives broken chains and judges what follows after a reset', () => {
    const bench = new Bench();
    bench.write(1, A);
    const chain = bench.exposeChain([new Uint8Array(4)], [1]);
    expect(bench.model.mustComplete(chain)).toBe(false);
    bench.read(1, B);
    bench.reset();
    bench.read(1, A);
    expect(bench.take()).toEqual([]);
    bench.read(1, B);
    expect(bench.take()).toEqual(['untagged.blk.2']);
  });
});

describe('read-only devices', () => {
  const offered = [...USUAL, Feature.RO];

  it('must answer writes with IOERR and change nothing', () => {
    const bench = new Bench({ offered });
    bench.read(1, A);
    bench.write(1, B, IOERR);
    bench.read(1, A);
    expect(bench.take()).toEqual([]);
    bench.write(1, B, OK);
    expect(bench.take()).toEqual(['blk.device.device-operation.3']);
    bench.read(1, B);
    expect(bench.take()).toEqual(['blk.device.device-operation.4']);
  });

  it('may refuse write-zeroes either way', () => {
    const bench = new Bench({ offered, claims: { readOnly: true } });
    const zero = (): ReturnType<Bench['expose']> => bench.expose(RequestType.WRITE_ZEROES, 0, bench.segment(1, 1));
    bench.read(1, A);
    bench.finish(zero(), IOERR);
    bench.finish(zero(), UNSUPP);
    bench.read(1, A);
    expect(bench.take()).toEqual([]);
    bench.finish(zero(), OK);
    expect(bench.take()).toEqual(['blk.device.device-operation.3']);
  });

  it('stay bounded under endless refused writes', () => {
    const bench = new Bench({ offered });
    for (let i = 0; i < 1000; i++) bench.write(1, B, IOERR);
    bench.read(1, A);
    expect(bench.take()).toEqual([]);
  });
});

describe('discard and write-zeroes', () => {
  const ranges = (bench: Bench, type: number, ...segments: Uint8Array[]) =>
    bench.expose(type, 0, new Uint8Array(Buffer.concat(segments)));

  it('reads zeroes after write-zeroes, with unmap or without', () => {
    for (const flags of [0, 1]) {
      const bench = new Bench();
      bench.write(1, A);
      bench.finish(ranges(bench, RequestType.WRITE_ZEROES, bench.segment(1, 2, flags)), OK);
      bench.read(1, filled(0, 2));
      expect(bench.take()).toEqual([]);
      bench.read(1, A);
      expect(bench.take()).toEqual(['blk.device.device-operation.9']);
    }
  });

  it('must carry out write-zeroes in range, while a discard may fail', () => {
    const bench = new Bench();
    bench.finish(ranges(bench, RequestType.DISCARD, bench.segment(1, 1)), IOERR);
    expect(bench.take()).toEqual([]);
    bench.finish(ranges(bench, RequestType.WRITE_ZEROES, bench.segment(1, 1)), IOERR);
    bench.finish(ranges(bench, RequestType.DISCARD, bench.segment(1, 1)), UNSUPP);
    expect(bench.take()).toEqual(['untagged.blk.1', 'untagged.blk.1']);
  });

  it('knows nothing of discarded sectors, read after read', () => {
    const bench = new Bench();
    bench.write(1, A);
    bench.finish(ranges(bench, RequestType.DISCARD, bench.segment(1, 1)), OK);
    bench.read(1, A);
    bench.read(1, ZERO);
    bench.read(1, B);
    expect(bench.take()).toEqual([]);
  });

  it('wants UNSUPP for undefined flags and for unmap in a discard', () => {
    const bench = new Bench();
    bench.write(1, A);
    bench.finish(ranges(bench, RequestType.WRITE_ZEROES, bench.segment(1, 1, 2)), UNSUPP);
    bench.finish(ranges(bench, RequestType.DISCARD, bench.segment(1, 1, 1)), UNSUPP);
    bench.read(1, A);
    expect(bench.take()).toEqual([]);
    bench.finish(ranges(bench, RequestType.WRITE_ZEROES, bench.segment(2, 1, 2)), OK);
    bench.finish(ranges(bench, RequestType.DISCARD, bench.segment(2, 1, 1)), IOERR);
    expect(bench.take()).toEqual(['blk.device.device-operation.5', 'blk.device.device-operation.6']);
  });

  it('accepts either error where several apply', () => {
    const bench = new Bench();
    for (const status of [IOERR, UNSUPP]) {
      bench.finish(ranges(bench, RequestType.DISCARD, bench.segment(SECTORS, 1, 3)), status);
      bench.finish(ranges(bench, RequestType.WRITE_ZEROES, bench.segment(1, 33, 4)), status);
      bench.finish(ranges(bench, RequestType.WRITE_ZEROES, bench.segment(SECTORS, 1)), status);
    }
    expect(bench.take()).toEqual([]);
    bench.finish(ranges(bench, RequestType.WRITE_ZEROES, bench.segment(SECTORS, 1)), OK);
    expect(bench.take()).toEqual(['untagged.blk.4']);
  });

  it('leaves unnegotiated commands to the device', () => {
    const bench = new Bench({ accepted: [] });
    bench.write(1, A);
    for (const status of [OK, IOERR, UNSUPP])
      bench.finish(ranges(bench, RequestType.WRITE_ZEROES, bench.segment(1, 1, 8)), status);
    bench.read(1, A);
    bench.read(1, ZERO);
    expect(bench.take()).toEqual([]);
  });

  it('stays quick with absurd ranges', () => {
    const bench = new Bench({ claims: { capacity: 2 ** 40 } });
    const segments = Array.from({ length: 256 }, (_, i) => bench.segment(i, 0xffffffff));
    bench.finish(ranges(bench, RequestType.DISCARD, ...segments), IOERR);
    bench.read(1, A);
    expect(bench.take()).toEqual([]);
  });
});

describe('durability across a device reset', () => {
  const lose = (bench: Bench): string[] => {
    bench.reset();
    bench.read(1, B);
    return bench.take();
  };

  it('is owed for flushed writes', () => {
    const bench = new Bench();
    bench.write(1, A);
    bench.flush();
    bench.reset();
    bench.read(1, A);
    expect(bench.take()).toEqual([]);
    const lossy = new Bench();
    lossy.write(1, A);
    lossy.flush();
    expect(lose(lossy)).toEqual(['blk.device.device-operation.13']);
  });

  it('is not owed for writes that are still volatile', () => {
    const bench = new Bench();
    bench.write(1, A);
    expect(lose(bench)).toEqual([]);
    const overlapping = new Bench();
    const flush = overlapping.expose(RequestType.FLUSH, 0);
    overlapping.write(1, A);
    overlapping.finish(flush, OK);
    expect(lose(overlapping)).toEqual([]);
  });

  it('is owed on completion if FLUSH is declined, or the cache was writethrough all along', () => {
    const declined = new Bench({ offered: [Feature.FLUSH], accepted: [] });
    declined.write(1, A);
    expect(lose(declined)).toEqual(['blk.device.device-operation.13']);
    const offered = [Feature.FLUSH, Feature.CONFIG_WCE];
    const through = new Bench({ offered });
    through.model.configField('writeback', 0n);
    through.write(1, A);
    expect(lose(through)).toEqual(['blk.device.device-operation.13']);
    const switched = new Bench({ offered });
    switched.model.configField('writeback', 0n);
    const chain = switched.expose(1, 1, A);
    switched.model.configWritten(32, 1, 1);
    switched.finish(chain, OK);
    expect(lose(switched)).toEqual([]);
  });

  it('is not owed if FLUSH is not offered', () => {
    const bench = new Bench({ offered: [] });
    expect(bench.take()).toEqual(['blk.device.device-initialization.1']);
    bench.write(1, A);
    expect(lose(bench)).toEqual([]);
  });
});

describe('configuration', () => {
  it('judges the offer', () => {
    const offer = (transport: 'mmio-v1' | 'mmio-v2', ...bits: number[]): string[] => {
      const bench = new Bench({ raw: true, transport });
      bench.model.offered({ has: (bit) => bits.includes(bit) });
      return bench.take();
    };
    expect(offer('mmio-v2', Feature.FLUSH, Feature.CONFIG_WCE, Feature.ZONED)).toEqual([]);
    expect(offer('mmio-v2')).toEqual(['blk.device.device-initialization.1']);
    expect(offer('mmio-v2', Feature.CONFIG_WCE)).toContain('blk.device.device-initialization.2');
    expect(offer('mmio-v1', Feature.FLUSH, Feature.ZONED)).toContain('blk.device.device-initialization.6');
  });

  it('wants padding to be zero where it exists', () => {
    const bench = new Bench({ offered: [...USUAL, Feature.CONFIG_WCE, Feature.SECURE_ERASE] });
    bench.model.configField('unused0', 0n);
    bench.model.configField('unused1[1]', 0n);
    expect(bench.take()).toEqual([]);
    bench.model.configField('unused0', 1n);
    bench.model.configField('unused1[1]', 255n);
    expect(bench.take()).toEqual(['blk.device.device-initialization.4', 'blk.device.device-initialization.4']);
    const without = new Bench({ offered: [Feature.FLUSH] });
    without.model.configField('unused0', 255n);
    const short = new Bench();
    short.model.configField('unused1[0]', 255n);
    expect(short.take()).toEqual([]);
    expect(without.take()).toEqual([]);
  });

  it('wants writeback 0 for CONFIG_WCE without FLUSH', () => {
    const start = (): Bench =>
      new Bench({ offered: [Feature.FLUSH, Feature.CONFIG_WCE], accepted: [Feature.CONFIG_WCE] });
    const bench = start();
    bench.model.configField('writeback', 0n);
    bench.model.configWritten(32, 1, 1);
    bench.model.configField('writeback', 1n);
    expect(bench.take()).toEqual([]);
    const bad = start();
    bad.model.configField('writeback', 1n);
    expect(bad.take()).toEqual(['blk.device.device-initialization.3']);
  });

  it('wants the cache mode that the driver has set, with CONFIG_WCE and FLUSH', () => {
    const both = [Feature.FLUSH, Feature.CONFIG_WCE];
    const start = (accepted = both): Bench => new Bench({ offered: both, accepted });
    const written = (bench: Bench, value: number, seen: bigint, size = 1): Bench => {
      bench.model.configWritten(32, size, value);
      bench.model.configField('writeback', seen);
      return bench;
    };
    for (const mode of [0, 1]) {
      expect(written(start(), mode, BigInt(mode)).take()).toEqual([]);
      expect(written(start(), mode, BigInt(1 - mode)).take()).toEqual(['untagged.blk.5']);
    }
    const again = written(written(start(), 0, 0n), 1, 1n);
    expect(again.report.exercised[clause('untagged.blk.5')]).toBe(2);
    expect(again.take()).toEqual([]);
    // What is no mode, no access to the field, or no choice of the driver's binds nobody.
    expect(written(start(), 2, 0n).take()).toEqual([]);
    expect(written(start(), 0, 1n, 4).take()).toEqual([]);
    expect(written(start([Feature.FLUSH]), 0, 1n).take()).toEqual([]);
    expect(written(start([Feature.CONFIG_WCE]), 1, 0n).take()).toEqual([]);
    const suspended = start();
    suspended.model.driverWrote('status', 16);
    expect(written(suspended, 0, 1n).take()).toEqual([]);
    for (const end of [
      (bench: Bench): void => bench.reset(),
      (bench: Bench): void => bench.model.lostTrack(),
      (bench: Bench): void => bench.model.host({ action: 'break-device' }),
    ]) {
      const ended = start();
      ended.model.configWritten(32, 1, 0);
      end(ended);
      ended.model.configField('writeback', 1n);
      expect(ended.take()).toEqual([]);
    }
  });

  it('judges zone fields', () => {
    const offered = [...USUAL, Feature.ZONED];
    const declined = new Bench({ offered, accepted: USUAL });
    declined.model.configField('zoned.zone_sectors', 0n);
    expect(declined.take()).toEqual([]);
    declined.model.configField('zoned.zone_sectors', 8n);
    expect(declined.take()).toEqual(['blk.device.device-initialization.7']);
    const zoned = new Bench({ offered });
    zoned.model.configField('zoned.model', 1n);
    zoned.model.configField('zoned.unused2[0]', 0n);
    zoned.write(1, A, 4);
    expect(zoned.take()).toEqual([]);
    zoned.model.configField('zoned.unused2[0]', 1n);
    zoned.model.configField('zoned.model', 3n);
    expect(zoned.take()).toEqual(['blk.device.device-initialization.18', 'blk.device.device-initialization.9']);
  });

  it('follows the host resizing the disk', () => {
    const bench = new Bench();
    bench.model.configField('capacity', BigInt(SECTORS));
    bench.write(40, A);
    bench.model.host({ action: 'resize-disk', sectors: 32 });
    expect(bench.owed).toEqual([clause('blk.device.device-operation.2')]);
    bench.model.configField('capacity', BigInt(SECTORS));
    bench.read(40, A, IOERR);
    bench.read(40, B, OK);
    bench.model.settled(true);
    bench.model.configField('capacity', 32n);
    bench.read(40, A, IOERR);
    expect(bench.take()).toEqual([]);
    bench.read(40, A, OK);
    expect(bench.take()).toEqual(['untagged.blk.4']);
    bench.model.host({ action: 'resize-disk', sectors: 128 });
    bench.model.settled(true);
    bench.model.configField('capacity', 32n);
    expect(bench.take()).toEqual(['blk.device.device-operation.2']);
  });

  it('owes no notification for a size that stays, nor before DRIVER_OK', () => {
    const bench = new Bench();
    bench.model.host({ action: 'resize-disk', sectors: SECTORS });
    bench.model.reset();
    bench.model.host({ action: 'resize-disk', sectors: 8 });
    expect(bench.owed).toEqual([]);
  });

  it('lets a suspended device keep the change back until it has resumed', () => {
    const bench = new Bench();
    bench.model.configField('capacity', BigInt(SECTORS));
    bench.model.driverWrote('status', 31);
    bench.model.host({ action: 'resize-disk', sectors: 128 });
    bench.model.settled(true);
    bench.model.configField('capacity', BigInt(SECTORS));
    bench.model.driverWrote('status', 15);
    bench.model.configField('capacity', BigInt(SECTORS));
    expect(bench.take()).toEqual([]);
    bench.model.settled(true);
    bench.model.configField('capacity', BigInt(SECTORS));
    expect(bench.take()).toEqual(['blk.device.device-operation.2']);
  });

  it('tells swapped capacities apart', () => {
    const swapped = BigInt(SECTORS) << 56n;
    const modern = new Bench();
    modern.model.configField('capacity', swapped);
    expect(modern.take()).toEqual(['untagged.basic.2']);
    const legacy = new Bench({ transport: 'mmio-v1', mode: 'be-legacy' });
    legacy.model.configField('capacity', BigInt(SECTORS));
    expect(legacy.take()).toEqual([]);
    legacy.model.configField('capacity', swapped);
    expect(legacy.take()).toContain('blk.device.legacy-device-configuration-layout.1');
  });
});

describe('legacy', () => {
  const options = { transport: 'mmio-v1', mode: 'be-legacy', offered: [...USUAL, Feature.ANY_LAYOUT] } as const;

  it('blames the byte order for what a misread header explains', () => {
    const bench = new Bench(options);
    bench.write(1, A);
    bench.read(1, A);
    expect(bench.take()).toEqual([]);
    bench.write(1, A, UNSUPP);
    bench.read(1, A, IOERR);
    const id = 'blk.device.legacy-device-operation.1';
    expect(bench.take()).toEqual([id, UMBRELLA, id, UMBRELLA]);
  });

  it('is lenient about framing without ANY_LAYOUT', () => {
    const bench = new Bench({ ...options, accepted: USUAL });
    const header = bench.header(0, 1);
    const chain = bench.exposeChain([header.slice(0, 8), header.slice(8)], [512, 1]);
    expect(bench.takeFaults()).toEqual(['blk.driver.legacy-framing-requirements.1']);
    expect(bench.model.mustComplete(chain)).toBe(false);
    bench.finish(chain, IOERR);
    expect(bench.take()).toEqual([]);
  });

  it('keeps the cache mode across status and feature writes', () => {
    const start = (): Bench => {
      const bench = new Bench({ ...options, raw: true });
      bench.model.configField('writeback', 1n);
      return bench;
    };
    const kept = start();
    kept.model.driverWrote('status', 3);
    kept.model.configField('writeback', 1n);
    kept.model.driverWrote('status', 7);
    kept.model.configField('writeback', 0n);
    expect(kept.take()).toEqual([]);
    const status = start();
    status.model.driverWrote('status', 3);
    status.model.configField('writeback', 0n);
    expect(status.take()).toContain('blk.device.legacy-device-initialization.2');
    // Features that come when DRIVER_OK or FEATURES_OK was set need not be taken: the driver has not set CONFIG_WCE then.
    for (const before of [7, 11]) {
      const late = start();
      late.model.driverWrote('status', before);
      late.model.driverWrote('features', 1 << Feature.CONFIG_WCE);
      late.model.configField('writeback', 1n);
      late.model.driverWrote('status', 15);
      late.model.configField('writeback', 0n);
      expect(late.take()).toEqual([]);
    }
    const feature = start();
    feature.model.driverWrote('features', 1 << Feature.CONFIG_WCE);
    feature.model.configField('writeback', 0n);
    expect(feature.take()).toContain('blk.device.legacy-device-initialization.3');
    const both = start();
    both.model.driverWrote('features', 1 << Feature.CONFIG_WCE);
    both.model.driverWrote('status', 7);
    both.model.configField('writeback', 0n);
    expect(both.take()).toEqual(['blk.device.legacy-device-initialization.1', UMBRELLA]);
  });
});

describe('driver rules', () => {
  const breaks = (act: (bench: Bench) => void, options = {}): (string | undefined)[] => {
    const bench = new Bench(options);
    act(bench);
    expect(bench.take()).toEqual([]);
    return bench.takeFaults();
  };
  const rule = (number: number): string[] => [`blk.driver.device-operation.${number}`];

  it('are kept by ordinary requests', () => {
    expect(
      breaks((bench) => {
        bench.expose(0, 0, 512);
        bench.expose(1, SECTORS - 1, A);
        bench.expose(4, 0);
        bench.expose(8, 0, 20);
        bench.expose(13, 0, bench.segment(0, 1, 1));
      }),
    ).toEqual([]);
  });

  it('are told apart', () => {
    expect(breaks((bench) => bench.exposeChain([bench.header(0, 0)], []))).toEqual([undefined]);
    expect(breaks((bench) => bench.expose(0, SECTORS, 512))).toEqual(rule(2));
    expect(breaks((bench) => bench.expose(13, 0, bench.segment(SECTORS, 1)))).toEqual(rule(2));
    expect(breaks((bench) => bench.expose(4, 1))).toEqual(rule(4));
    expect(breaks((bench) => bench.expose(4, 0, 512))).toEqual(rule(5));
    expect(breaks((bench) => bench.expose(0, 0, 511))).toEqual(rule(6));
    expect(breaks((bench) => bench.expose(13, 0, new Uint8Array(15)))).toEqual(rule(7));
    expect(breaks((bench) => bench.expose(8, 0, 19))).toEqual(rule(8));
    const five = (bench: Bench): Uint8Array => new Uint8Array(Buffer.concat(Array(5).fill(bench.segment(0, 1))));
    expect(breaks((bench) => bench.expose(11, 0, five(bench)))).toEqual(rule(9));
    expect(breaks((bench) => bench.expose(14, 0, five(bench)))).toEqual(rule(10));
    expect(breaks((bench) => bench.expose(13, 0, five(bench)))).toEqual(rule(11));
    expect(breaks((bench) => bench.expose(11, 0, bench.segment(0, 1, 1)))).toEqual(rule(14));
    expect(breaks(() => undefined, { offered: [...USUAL, Feature.RO], accepted: USUAL })).toEqual(rule(3));
    const early = (bench: Bench): void => bench.model.configField('writeback', 1n);
    expect(breaks(early, { raw: true })).toEqual(['blk.driver.device-initialization.4']);
  });
});

describe('completion', () => {
  it('is owed for whole requests only', () => {
    const bench = new Bench({ claims: { maxChain: 3 } });
    const must = (chain: ReturnType<Bench['expose']>): boolean => bench.model.mustComplete(chain);
    expect(must(bench.expose(0, 1, 512))).toBe(true);
    expect(must(bench.expose(77, 1))).toBe(true);
    expect(must(bench.expose(0, SECTORS, 512))).toBe(true);
    expect(must(bench.expose(13, 0, new Uint8Array(15)))).toBe(false);
    expect(must(bench.exposeChain([bench.header(0, 1)], [256, 256, 1]))).toBe(false);
    expect(must(bench.exposeChain([bench.header(0, 1)], []))).toBe(false);
  });

  it('says what state it is in', () => {
    const bench = new Bench();
    bench.expose(0, 1, 512);
    expect(bench.model.describe()).toBe('disk 64 sectors, writeback=?, 1 in flight');
  });
});
