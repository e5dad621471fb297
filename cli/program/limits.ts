/** Bounds of numbers that several commands take. */

export const MOST_JOBS = 256;
/** Seeds are what fast-check takes: 32 bits. */
export const LARGEST_SEED = 0x7fff_ffff;
