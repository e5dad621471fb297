/** Numbers that the virtio(4) core, its transports and its children share. */

export const Status = { ACK: 1, DRIVER: 2, DRIVER_OK: 4, FEATURES_OK: 8, NEEDS_RESET: 64, FAILED: 128 } as const;

export const Isr = { QUEUE: 1, CONFIG: 2 } as const;

export const NOTIFY_ON_EMPTY = 1n << 24n;
export const ANY_LAYOUT = 1n << 27n;
export const RING_INDIRECT = 1n << 28n;
export const RING_EVENT_IDX = 1n << 29n;
export const VERSION_1 = 1n << 32n;

/** Flags that a child passes to child_attach_finish. */
export const ChildFlag = { MPSAFE: 1, SOFTINT: 2, MSIX: 4, PERVQ: 8 } as const;

export const DescFlag = { NEXT: 1, WRITE: 2, INDIRECT: 4 } as const;
export const DESC_SIZE = 16;
/** End of a chain of free descriptors. */
export const END = 32768;

export const AVAIL_NO_INTERRUPT = 1;
export const USED_NO_NOTIFY = 1;

/** Device numbers of VIRTIO 1.4 section 5. */
export const DeviceId = { net: 1, block: 2, console: 3, entropy: 4, balloon: 5, scsi: 8, p9: 9, gpu: 16 } as const;

/** What the functions of the queue interface return; 0 is success. */
export type Errno = 0 | 'EAGAIN' | 'ENOENT' | 'EBUSY' | 'ENOMEM' | 'EIO';
