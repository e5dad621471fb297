/**
 * The medium behind the emulated block device: sectors of 512 bytes, all zero until written. Kept as pages that exist
 * only once written, so that a disk may have more than 2^32 sectors (both halves of the 64-bit `capacity` in use) at
 * no cost.
 */

export const SECTOR_SIZE = 512;

/** Small, so that writes scattered over a huge disk stay cheap; large enough that a common request touches one page. */
const PAGE_SIZE = 8 * SECTOR_SIZE;
const BLANK_PAGE = new Uint8Array(PAGE_SIZE);

export interface Disk {
  /** Capacity in sectors. */
  readonly capacity: number;
  /** Whether `count` sectors from `sector` on all exist. */
  holds(sector: number, count: number): boolean;
  /**
   * Calls `visit` with the bytes of a range, piece by piece; `done` counts the bytes before the piece. The pieces are
   * the medium itself: not to be written and not to be kept.
   */
  read(sector: number, byteCount: number, visit: (piece: Uint8Array, done: number) => void): void;
  /** Asks `supply` for the bytes of a range, piece by piece, and stores them. */
  write(sector: number, byteCount: number, supply: (length: number, done: number) => Uint8Array): void;
  /** Never gives storage back: a page once written stays. */
  zero(sector: number, count: number): void;
  /** Sectors cut off are forgotten; sectors added read as zero. */
  resize(sectors: number): void;
}

export function createDisk(sectors: number): Disk {
  return new PagedDisk(sectors);
}

/** A class, because an object literal with a getter costs more to make than all else that a device is made of. */
class PagedDisk implements Disk {
  capacity: number;
  private readonly pages = new Map<number, Uint8Array>();

  constructor(sectors: number) {
    this.capacity = sectorCount(sectors);
  }

  /** Written as a subtraction: `sector` may be any 64-bit number, and a sum could round back into the disk. */
  holds(sector: number, count: number): boolean {
    return sector <= this.capacity - count;
  }

  read(sector: number, byteCount: number, visit: (piece: Uint8Array, done: number) => void): void {
    eachPiece(sector, byteCount, (page, start, length, done) =>
      visit((this.pages.get(page) ?? BLANK_PAGE).subarray(start, start + length), done),
    );
  }

  write(sector: number, byteCount: number, supply: (length: number, done: number) => Uint8Array): void {
    eachPiece(sector, byteCount, (page, start, length, done) => {
      let bytes = this.pages.get(page);
      if (bytes === undefined) this.pages.set(page, (bytes = new Uint8Array(PAGE_SIZE)));
      const supplied = supply(length, done);
      bytes.set(supplied.length <= length ? supplied : supplied.subarray(0, length), start);
    });
  }

  zero(sector: number, count: number): void {
    eachPiece(sector, count * SECTOR_SIZE, (page, start, length) => {
      this.pages.get(page)?.fill(0, start, start + length);
    });
  }

  resize(sectors: number): void {
    this.capacity = sectorCount(sectors);
    const end = this.capacity * SECTOR_SIZE;
    for (const [page, bytes] of this.pages) {
      if (page * PAGE_SIZE >= end) this.pages.delete(page);
      else if ((page + 1) * PAGE_SIZE > end) bytes.fill(0, end - page * PAGE_SIZE);
    }
  }
}

/** Cuts a byte range at page boundaries. */
function eachPiece(
  sector: number,
  byteCount: number,
  visit: (page: number, start: number, length: number, done: number) => void,
): void {
  let page = Math.floor((sector * SECTOR_SIZE) / PAGE_SIZE);
  let start = (sector * SECTOR_SIZE) % PAGE_SIZE;
  for (let done = 0; done < byteCount; page++, start = 0) {
    const length = Math.min(PAGE_SIZE - start, byteCount - done);
    visit(page, start, length, done);
    done += length;
  }
}

/** Byte offsets have to stay exact as numbers, hence the upper bound. */
function sectorCount(wanted: number): number {
  const most = Math.floor(Number.MAX_SAFE_INTEGER / SECTOR_SIZE);
  return Number.isFinite(wanted) ? Math.min(most, Math.max(0, Math.floor(wanted))) : 0;
}
