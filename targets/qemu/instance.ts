/** One running QEMU with one virtio-mmio device: started, probed, watched, driven from the host side, ended. */
import { rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { DEVICE_IDS, type Transport } from '../../models/setup.ts';
import type { HostEvent } from '../../models/trace/event-log.ts';
import { startChild, type Child } from '../child.ts';
import { QtestClient, QtestFailure } from '../qtest/client.ts';
import { CommandBatch } from '../qtest/commands.ts';
import { probe, roundTrip, type QtestConnection } from '../qtest/session.ts';
import { TargetUnavailable } from '../target.ts';
import { ConsoleHost } from './console-host.ts';
import { DISK_FILE, DISK_SECTORS, DRIVE_ID, SECTOR, SERIAL_BUS, portSocket, type QemuDevice } from './devices.ts';
import { RAM_MEBIBYTES, type Machine } from './machines.ts';
import { QmpClient, QmpRefusal } from './qmp.ts';

const MONITOR_SOCKET = 'qmp.sock';
/** Until QEMU has given its first answers, whatever the patience afterwards: a loaded machine takes its time. */
const START_PATIENCE = 10_000;
/** The monitor is a side entrance: what it takes to answer says little about the device. */
const MONITOR_PATIENCE = 5000;
/** How long a process that closed its output is given to end, so that its exit code or signal becomes known. */
const LAST_WORDS = 2000;
const VERSION_REGISTER = 0x04;
const DEVICE_ID_REGISTER = 0x08;
const STATUS_REGISTER = 0x70;

/** What is to be started. All file names in the arguments are relative to `directory`. */
export interface QemuSetup {
  readonly machine: Machine;
  readonly device: QemuDevice;
  readonly transport: Transport;
  readonly directory: string;
  /** Milliseconds without an answer after which QEMU counts as hung. */
  readonly patience: number;
}

/** The whole command line, to be run in a directory that holds the files of `preparation`. */
export function commandLine({ machine, device, transport }: Omit<QemuSetup, 'directory' | 'patience'>): string[] {
  return [
    machine.binary,
    ...machine.args,
    ...['-display', 'none', '-nodefaults', '-m', `${RAM_MEBIBYTES}M`],
    ...['-global', `virtio-mmio.force-legacy=${transport === 'mmio-v1'}`],
    ...['-qtest', 'stdio', '-qtest-log', 'none', '-qmp', `unix:${MONITOR_SOCKET},server=on,wait=off`],
    ...device.args,
  ];
}

/** Shell lines that make the files of `commandLine`. */
export function preparation(machine: Machine, device: QemuDevice): string[] {
  const disk =
    device.device === 'blk' ? [`rm -f ${DISK_FILE} && truncate -s ${DISK_SECTORS * SECTOR} ${DISK_FILE}`] : [];
  return [machine.firmware.recipe, ...disk];
}

export class QemuInstance implements QtestConnection {
  readonly client: QtestClient;
  readonly registerBase: number;
  readonly bigEndian: boolean;
  readonly interruptLine: string | null;
  /** For those that weigh its memory, and tests that kill it. */
  readonly pid: number;
  private readonly setup: QemuSetup;
  private readonly child: Child;
  private readonly qmp: QmpClient;
  private readonly consoles: ConsoleHost;
  private resized = false;
  private replugged = false;

  private constructor(
    setup: QemuSetup,
    child: Child,
    client: QtestClient,
    qmp: QmpClient,
    consoles: ConsoleHost,
    found: { registerBase: number; bigEndian: boolean; interruptLine: string | null },
  ) {
    this.setup = setup;
    this.child = child;
    this.client = client;
    this.qmp = qmp;
    this.consoles = consoles;
    this.pid = child.pid;
    this.registerBase = found.registerBase;
    this.bigEndian = found.bigEndian;
    this.interruptLine = found.interruptLine;
  }

  /** Starts QEMU with fresh files. Rejects with TargetUnavailable, which tells what QEMU said. */
  static async start(setup: QemuSetup): Promise<QemuInstance> {
    const { machine, device, directory, patience } = setup;
    writeFiles(setup);
    const [binary, ...args] = commandLine(setup);
    const child = await startChild(binary, args, directory).catch((error: unknown) => {
      throw unavailable(machine, error);
    });
    const client = new QtestClient(child.stdout, child.stdin, { patience: START_PATIENCE });
    const consoles = new ConsoleHost(directory);
    let qmp: QmpClient | undefined;
    try {
      const slot = await findSlot(client, setup);
      qmp = await QmpClient.connect(join(directory, MONITOR_SOCKET), Math.max(patience, MONITOR_PATIENCE));
      const interruptLine = await interceptInterrupts(client, qmp, machine, slot.index);
      for (const { port } of device.ports) {
        await consoles.open(port);
        await connectionNoticed(qmp, port, true);
      }
      await roundTrip(client);
      client.setPatience(patience);
      return new QemuInstance(setup, child, client, qmp, consoles, { ...slot, interruptLine });
    } catch (error) {
      consoles.destroy();
      qmp?.close();
      if (!(error instanceof QtestFailure)) {
        child.kill();
        throw error;
      }
      const end = await endOf(child, client);
      throw new TargetUnavailable(`${binary} does not start: ${error.message}; ${end}`);
    }
  }

  async stop(): Promise<string> {
    const end = await endOf(this.child, this.client);
    this.client.close();
    this.qmp.close();
    this.consoles.destroy();
    return end;
  }

  async host(event: HostEvent): Promise<HostEvent | null> {
    try {
      if (event.action === 'console-output') return { ...event, bytes: await this.takeOutput(event.port) };
      return (await this.perform(event)) ? event : null;
    } catch (error) {
      if (error instanceof QmpRefusal) return null;
      throw error;
    }
  }

  /** Collects output until a round trip brings no more. */
  private async takeOutput(port: number): Promise<number[]> {
    let before: number;
    do {
      before = this.consoles.received(port);
      await this.sync();
    } while (this.consoles.received(port) !== before);
    return this.consoles.take(port);
  }

  async tidy(): Promise<readonly HostEvent[] | null> {
    if (this.replugged) return null;
    const undone: HostEvent[] = [];
    if (this.resized) {
      await this.qmp.execute('block_resize', { device: DRIVE_ID, size: DISK_SECTORS * SECTOR });
      this.resized = false;
      undone.push({ action: 'resize-disk', sectors: DISK_SECTORS });
    }
    const { ports } = this.setup.device;
    if (ports.length === 0) return undone;
    // A device in reset puts nothing out, and doesn't tell its driver of ports that are reconnected. What came before
    // the reply lies in our sockets, so that one turn of the loop brings it all.
    await this.resetDevice();
    await turn();
    for (const port of this.consoles.pendingInput) {
      await this.connectPort(port, false);
      await this.connectPort(port, true);
    }
    for (const { port } of ports) this.consoles.take(port);
    return undone;
  }

  private async perform(event: HostEvent): Promise<boolean> {
    switch (event.action) {
      case 'resize-disk':
        this.resized = true;
        await this.qmp.execute('block_resize', { device: DRIVE_ID, size: event.sectors * SECTOR });
        break;
      case 'console-input':
        if (!(await this.consoles.input(event.port, event.bytes))) return false;
        break;
      case 'port':
        this.replugged = true;
        await this.changePort(event.port, event.change);
        break;
      case 'console-output':
      case 'resize-console':
      case 'break-device':
        return false;
    }
    await this.sync();
    return true;
  }

  private async changePort(port: number, change: 'add' | 'remove' | 'open' | 'close'): Promise<void> {
    const device = `port${port}`;
    const chardev = `char${port}`;
    switch (change) {
      case 'add': {
        const addr = { type: 'unix', data: { path: portSocket(port) } };
        const backend = { type: 'socket', data: { addr, server: true, wait: false } };
        await this.qmp.execute('chardev-add', { id: chardev, backend });
        const plug = { driver: 'virtserialport', id: device, bus: SERIAL_BUS, nr: port, chardev };
        await this.qmp.execute('device_add', { ...plug, name: `virtcheck.${port}` });
        break;
      }
      case 'remove': {
        const gone = this.qmp.event('DEVICE_DELETED', (data) => data.device === device);
        await Promise.all([this.qmp.execute('device_del', { id: device }), gone]);
        await this.connectPort(port, false);
        await this.qmp.execute('chardev-remove', { id: chardev });
        break;
      }
      case 'open':
      case 'close': {
        const connected = change === 'open';
        if (this.consoles.isOpen(port) === connected) throw new QmpRefusal(`port ${port} is ${change} already`);
        if (!(await findChardev(this.qmp, port))) throw new QmpRefusal(`there is no port ${port}`);
        await this.connectPort(port, connected);
        break;
      }
    }
  }

  /**
   * Connects or disconnects a port's host side, and sees to it that QEMU has noticed: until then it may go on reading what
   * an old connection has left in the socket.
   */
  private async connectPort(port: number, connected: boolean): Promise<void> {
    if (connected) await this.consoles.open(port);
    else await this.consoles.close(port);
    await connectionNoticed(this.qmp, port, connected);
  }

  /** Between two answers QEMU's main loop has looked at every event source, and one turn of ours reads what it sent. */
  private async sync(): Promise<void> {
    await roundTrip(this.client);
    await roundTrip(this.client);
    await turn();
  }

  private async resetDevice(): Promise<void> {
    const batch = new CommandBatch();
    batch.write(this.registerBase + STATUS_REGISTER, 4, 0, 0);
    await this.client.run(batch, { reply() {} });
  }
}

function writeFiles({ machine, device, directory }: QemuSetup): void {
  writeFileSync(join(directory, machine.firmware.file), machine.firmware.image);
  for (const { port } of device.ports) rmSync(join(directory, portSocket(port)), { force: true });
  rmSync(join(directory, MONITOR_SOCKET), { force: true });
  if (device.device !== 'blk') return;
  const disk = join(directory, DISK_FILE);
  rmSync(disk, { force: true });
  writeFileSync(disk, '');
  truncateSync(disk, DISK_SECTORS * SECTOR);
}

/** An empty slot has a DeviceID of 0, so ours is the only other one. */
async function findSlot(
  client: QtestClient,
  { machine, device, transport }: QemuSetup,
): Promise<{ index: number; registerBase: number; bigEndian: boolean }> {
  const { base, count, stride } = machine.slots;
  const bases = Array.from({ length: count }, (_, index) => base + index * stride);
  const { bigEndian, values } = await probe(
    client,
    bases.map((address) => address + DEVICE_ID_REGISTER),
  );
  const index = values.findIndex((id) => id !== 0);
  if (index < 0 || values[index] !== DEVICE_IDS[device.device]) {
    throw new QtestFailure('protocol', `no ${device.device} device in any virtio-mmio slot`);
  }
  const [version] = (await probe(client, [bases[index] + VERSION_REGISTER])).values;
  if (version !== (transport === 'mmio-v1' ? 1 : 2)) {
    throw new QtestFailure('protocol', `the slots have register layout ${version}, not ${transport}`);
  }
  return { index, registerBase: bases[index], bigEndian };
}

/** Starts watching the interrupt controller's input; null where this QEMU has none that we know. */
async function interceptInterrupts(
  client: QtestClient,
  qmp: QmpClient,
  machine: Machine,
  slot: number,
): Promise<string | null> {
  const { controller, controllerOf, lineOf } = machine.interrupts;
  const unattached = '/machine/unattached';
  const objects = (await qmp.execute('qom-list', { path: unattached })) as { name: string; type: string }[];
  const controllers = objects
    .filter((object) => object.type === `child<${controller}>`)
    .map((object) => object.name)
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  const name = controllers[controllerOf(slot)];
  if (name === undefined) return null;
  const batch = new CommandBatch();
  batch.plain(`irq_intercept_in ${unattached}/${name}`);
  await client.run(batch, { reply() {} });
  return String(lineOf(slot));
}

/** Resolves when QEMU says that a port's socket is connected, or that it is not. Rejects with a QtestFailure. */
async function connectionNoticed(qmp: QmpClient, port: number, connected: boolean): Promise<void> {
  const deadline = performance.now() + MONITOR_PATIENCE;
  while (performance.now() < deadline) {
    const chardev = await findChardev(qmp, port);
    if (chardev?.filename.startsWith('disconnected:') === !connected) return;
  }
  throw new QtestFailure(
    'hung',
    `port ${port} does not ${connected ? '' : 'dis'}connect within ${MONITOR_PATIENCE} ms`,
  );
}

async function findChardev(qmp: QmpClient, port: number): Promise<{ readonly filename: string } | undefined> {
  const chardevs = (await qmp.execute('query-chardev')) as { label: string; filename: string }[];
  return chardevs.find(({ label }) => label === `char${port}`);
}

/** Kills the child unless it is ending by itself, and resolves to how it ended. */
async function endOf(child: Child, client: QtestClient): Promise<string> {
  if (client.failed?.kind !== 'ended') child.kill();
  const timer = setTimeout(() => child.kill(), LAST_WORDS);
  const end = await child.ended;
  clearTimeout(timer);
  return end;
}

/** A start that failed in the operating system, as people need to hear it. */
export function unavailable(machine: Machine, error: unknown): TargetUnavailable {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
    return new TargetUnavailable(
      `${machine.binary} is not installed; on Debian and Ubuntu: apt-get install ${machine.debianPackage}`,
    );
  }
  return new TargetUnavailable(`${machine.binary} can't be started: ${(error as Error).message}`);
}
