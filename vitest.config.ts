import { defineConfig } from 'vitest/config';

/** Real implementations that the conformance suite runs on; each is a project of its own (suites/conformance.test.ts). */
const REAL_TARGETS = ['qemu:aarch64', 'qemu:riscv64', 'qemu:microvm', 'qemu:m68k'];

const conformance = (target: string) => ({
  extends: true as const,
  test: {
    name: target,
    include: ['suites/conformance.test.ts'],
    provide: { target },
    testTimeout: 300_000,
    hookTimeout: 60_000,
  },
});

export default defineConfig({
  test: {
    // Two cores in CI; QEMU processes want one of their own.
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{models,generators,emulator,targets,harness,fuzz,reports,cli,docs,suites,bench}/**/*.test.ts'],
          exclude: ['suites/conformance.test.ts', '**/*.qemu.test.ts'],
          testTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'qemu',
          include: ['targets/**/*.qemu.test.ts', 'suites/**/*.qemu.test.ts', 'docs/**/*.qemu.test.ts'],
          testTimeout: 180_000,
        },
      },
      conformance('emulator'),
      ...REAL_TARGETS.map(conformance),
    ],
  },
});
