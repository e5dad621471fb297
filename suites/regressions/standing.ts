/**
 * Rules of VIRTIO that NetBSD's drivers break in every readable revision, for reasons of their own. They are no part of any
 * case; cases are about what changed. Each was verified in the source that is named.
 */
export const STANDING: Readonly<Record<string, string>> = {
  'mmio.driver.device-initialization.2':
    'virtio_mmio.c since 1.12 writes the guest page size of a legacy device before it reads DeviceID',
  'reserved.driver.legacy-reserved-feature-bits.1':
    'no driver asks for ANY_LAYOUT on a legacy device; their framing is the legacy one, so nothing depends on it',
  'basic.driver.device-configuration-space.2':
    'virtio_mmio.c up to 1.15 defines ConfigGeneration and never reads it; ld reads its 64-bit capacity once',
  'basic.driver.legacy-device-configuration-space.1':
    'the 64-bit accessor of virtio.c reads two halves once and does not read them again until they agree',
  'basic.driver.legacy-feature-bits.3': 'the umbrella over the legacy rules, broken through those above',
};

export function withoutStanding(violated: readonly string[]): readonly string[] {
  return violated.filter((id) => STANDING[id] === undefined);
}
