/**
 * Rules of VIRTIO that NetBSD's drivers break in every readable revision, for reasons of their own. They are no part of any
 * case but their own (config-generation, device-id-first, any-layout, pci-disable). What is said of virtio_mmio.c was read in public copies of it, the newest of which
 * calls itself 1.15 and carries changes of a fork as well (NetBSDfr/NetBSD-src 23731c63); the rest was read in copies of
 * the drivers and of virtio.c 1.79.
 */
export const STANDING: Readonly<Record<string, string>> = {
  'mmio.driver.device-initialization.2':
    'virtio_mmio.c since 1.12 writes the guest page size of a legacy device before it reads DeviceID',
  'mmio.driver.register-layout.17':
    'virtio_mmio.c since 1.12 zeroes QueueReady to stop a queue and does not read it back',
  'basic.driver.device-configuration-space.2':
    'virtio.c reads a field of 8 bytes in two accesses, and no file reads the configuration generation around them',
  'basic.driver.legacy-device-configuration-space.1': 'ld_virtio.c reads the capacity once, on legacy devices as well',
  'reserved.driver.legacy-reserved-feature-bits.1':
    'no driver asks for ANY_LAYOUT on a legacy device; their framing is the legacy one, so nothing depends on it',
  'pci.driver.common-configuration-structure-layout.6':
    'virtio_pci.c writes 0 to queue_enable to take a queue away, which it does after a reset only',
  'basic.driver.legacy-feature-bits.3': 'the umbrella over the legacy rules, broken through those above',
};

/** `but`: the rules that a case is about. */
export function withoutStanding(violated: readonly string[], but: readonly string[] = []): readonly string[] {
  return violated.filter((id) => STANDING[id] === undefined || but.includes(id));
}
