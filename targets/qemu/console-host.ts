/** The host side of console ports: one socket each, with what came out of it so far. */
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { portSocket } from './devices.ts';
import { connectTo } from './qmp.ts';

/** Output kept per port between two looks; a device that floods its port can't fill our memory. */
const MAX_OUTPUT = 1 << 20;

interface OpenPort {
  readonly socket: Socket;
  readonly output: number[];
  received: number;
}

export class ConsoleHost {
  private readonly directory: string;
  private readonly ports = new Map<number, OpenPort>();
  /** Ports that were given input which the device may not have taken yet. */
  private readonly fed = new Set<number>();

  constructor(directory: string) {
    this.directory = directory;
  }

  /** Connects to a port's socket; QEMU reports that to the guest as the port's host side opening. */
  async open(port: number): Promise<void> {
    if (this.ports.has(port)) return;
    const socket = await connectTo(join(this.directory, portSocket(port)));
    const open: OpenPort = { socket, output: [], received: 0 };
    socket.on('error', () => {});
    socket.on('data', (data: Buffer) => {
      open.received += data.length;
      if (open.output.length + data.length <= MAX_OUTPUT) for (const byte of data) open.output.push(byte);
    });
    this.ports.set(port, open);
  }

  /** Disconnects and resolves when this side is closed. Input that the device has not taken is lost. */
  async close(port: number): Promise<void> {
    const open = this.ports.get(port);
    if (open === undefined) return;
    this.ports.delete(port);
    this.fed.delete(port);
    const closed = new Promise((resolve) => open.socket.once('close', resolve));
    open.socket.destroy();
    await closed;
  }

  isOpen(port: number): boolean {
    return this.ports.has(port);
  }

  /** Hands bytes to the socket; resolves when the kernel has them. False if the port is not open. */
  async input(port: number, bytes: readonly number[]): Promise<boolean> {
    const open = this.ports.get(port);
    if (open === undefined) return false;
    this.fed.add(port);
    await new Promise<void>((resolve) => {
      // Of a socket that has just been closed by the other side the callback gets an error: the bytes are lost then.
      open.socket.write(Uint8Array.from(bytes), () => resolve());
    });
    return true;
  }

  /** Bytes received on a port so far, whether taken or not: a mark to see whether more have come. */
  received(port: number): number {
    return this.ports.get(port)?.received ?? 0;
  }

  /** Takes the bytes that came out of a port. */
  take(port: number): number[] {
    return this.ports.get(port)?.output.splice(0) ?? [];
  }

  /** Ports with input that may still be pending. */
  get pendingInput(): readonly number[] {
    return [...this.fed];
  }

  get openPorts(): readonly number[] {
    return [...this.ports.keys()];
  }

  destroy(): void {
    for (const { socket } of this.ports.values()) socket.destroy();
    this.ports.clear();
  }
}
