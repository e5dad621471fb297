/** The guest's only file system: busybox, the driver modules, and a script that puts every driver to work. */
import { readFileSync } from 'node:fs';
import { acpiTable } from './acpi-table.ts';
import { cpioArchive } from './cpio.ts';
import { REFUSER, STATUS_AT, STATUS_BEFORE, type Impostor } from './impostors.ts';
import type { GuestParts } from './kernel.ts';

/** Starts every line that the script says to us, on the console. */
export const SAYS = 'virtcheck:';
/** Seconds after which a step that blocks is given up by the guest itself. */
const STEP_SECONDS = 10;

/** What the guest says when a step ended: `virtcheck: ok NAME`, `virtcheck: failed NAME`, at last `virtcheck: done`. */
export function initScript(modules: readonly string[], impostors: readonly Impostor[] = []): string {
  const drivers = modules.filter((name) => !/^virtio(_ring|_mmio)?\.ko$/.test(name));
  const names = drivers.map((name) => name.replace(/\.ko$/, '').replaceAll('-', '_')).toReversed();
  return `#!/bin/busybox sh
B=/bin/busybox
$B mkdir -p /proc /sys /dev
$B mount -t proc proc /proc
$B mount -t sysfs sys /sys
$B mount -t devtmpfs dev /dev 2>/dev/null
say() { echo "${SAYS} $*" > /dev/console; }
step() {
  name=$1; shift
  if $B timeout ${STEP_SECONDS} "$@" > /tmp.out 2>&1; then say "ok $name"; else say "failed $name: $($B head -c 200 /tmp.out)"; fi
}
work() {
  step "$1: read the disk" $B dd if=/dev/vda of=/dev/null bs=4096 count=16
  step "$1: write the disk and flush" $B dd if=/dev/zero of=/dev/vda bs=4096 count=16 conv=fsync
  step "$1: read the random generator" $B dd if=/dev/hwrng of=/dev/null bs=16 count=4
  step "$1: write to the console" $B sh -c 'echo hello > /dev/hvc0'
  step "$1: write to the port" $B sh -c 'for p in /dev/vport*p1; do echo hello > $p; done'
}
rebind() {
  for d in /sys/bus/virtio/devices/*; do
    [ -e $d/driver ] || continue
    n=\${d##*/}; driver=$($B readlink $d/driver); driver=\${driver##*/}
    step "unbind $driver" $B sh -c "echo $n > /sys/bus/virtio/drivers/$driver/unbind"
    step "bind $driver" $B sh -c "echo $n > /sys/bus/virtio/drivers/$driver/bind"
  done
}
${modules.map((name) => `step "load ${name}" $B insmod /modules/${name}`).join('\n')}
${impostors.flatMap(stepsFor).join('\n')}
${impostors.length === 0 ? '' : `${modules.includes('virtio_balloon.ko') ? refused : ''}${NOBODY}`}
work "first"
rebind
work "after rebinding"
${names.map((name) => `step "unload ${name}" $B rmmod ${name}`).join('\n')}
${drivers.map((name) => `step "reload ${name}" $B insmod /modules/${name}`).join('\n')}
work "after reloading"
say "done"
$B reboot -f
`;
}

/** Types of which the guest has a real device: disk, random generator, console. */
const REAL_DEVICES = 3;
const NOBODY = `step "no driver has taken an impostor" $B sh -c '[ $($B ls -d /sys/bus/virtio/devices/*/driver | $B wc -l) = ${REAL_DEVICES} ]'`;

/** Where there is a device that refuses its driver's features: the kernel says so, and has set FAILED. */
const refused = `for d in /sys/bus/virtio/devices/*; do
  [ "$($B cat $d/device)" = ${REFUSER.deviceId} ] || continue
  export d
  step "impostor, ${REFUSER.name}: refused" $B sh -c '$B dmesg | $B grep -qE "${REFUSER.refusal}"'
  step "impostor, ${REFUSER.name}: given up" $B sh -c 'x=$($B cat $d/status); echo $x; [ $x = ${REFUSER.status} ]'
done
`;

/** The kernel says why it leaves a device alone, and has left its registers as they were. */
function stepsFor({ name, refusal, untouched, device }: Impostor): readonly string[] {
  const status = `0x${(device.base + STATUS_AT).toString(16)}`;
  const before = `0x${STATUS_BEFORE.toString(16).toUpperCase().padStart(8, '0')}`;
  return [
    ...(refusal === '' ? [] : [`step "impostor, ${name}: refused" $B sh -c '$B dmesg | $B grep -qE "${refusal}"'`]),
    ...(untouched
      ? [`step "impostor, ${name}: left alone" $B sh -c 'x=$($B devmem ${status} 32); echo $x; [ $x = ${before} ]'`]
      : []),
  ];
}

/** Where the kernel looks for tables of ACPI in its first file system. */
const TABLES = ['kernel', 'kernel/firmware', 'kernel/firmware/acpi'];

export function initramfs(parts: GuestParts, impostors: readonly Impostor[] = []): Buffer {
  const script = initScript(
    parts.modules.map(({ name }) => name),
    impostors,
  );
  const table = acpiTable(impostors.map(({ device }) => device));
  return cpioArchive(
    ['bin', 'modules', 'proc', 'sys', 'dev', ...(impostors.length === 0 ? [] : TABLES)],
    [
      ...(impostors.length === 0 ? [] : [{ path: `${TABLES.at(-1)}/impostors.aml`, content: table }]),
      { path: 'init', content: Buffer.from(script), executable: true },
      { path: 'bin/busybox', content: readFileSync(parts.busybox), executable: true },
      ...parts.modules.map(({ name, content }) => ({ path: `modules/${name}`, content })),
    ],
  );
}
