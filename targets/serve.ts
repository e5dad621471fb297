/**
 * The in-tree emulator as a qtest endpoint: for checking other people's qtest clients, and our own. Every connection gets
 * a device of its own at power-on.
 */
import { rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import type { DeviceKind, Transport } from '../models/setup.ts';
import { emulatorCombinations, openEmulator } from './emulator-target.ts';
import { parseMisbehaviour, type Misbehaviour } from './serve/misbehaviour.ts';
import { ServedDevice } from './serve/served-device.ts';
import { serveStream } from './serve/stream.ts';
import { TargetUnavailable, type Combination } from './target.ts';
import { parseEndpoint } from './qtest/endpoint.ts';

export interface ServeOptions {
  /** `unix:PATH`, `tcp:HOST:PORT` (port 0: any free one) or `stdio`. */
  readonly listen: string;
  readonly device: DeviceKind;
  readonly transport: Transport;
  /** A variant of the emulator target. Default `default`. */
  readonly variant?: string;
  /** Seeded faults to switch on. */
  readonly faults?: readonly string[];
  /** For tests of clients: `die-after:N`, `hang-after:N`, `flood-after:N` or `garbage-after:N` commands. */
  readonly misbehave?: string;
  /** Streams to use for `stdio` instead of this process's own. */
  readonly streams?: { readonly input: Readable; readonly output: Writable };
}

export interface Serving {
  /** Where it listens, as `qtest:` targets take it, for example `tcp:127.0.0.1:4711`; `stdio` for standard streams. */
  readonly address: string;
  /** The description of the served device, as `--describe` takes it. */
  readonly description: Record<string, unknown>;
  /** Resolves when a `stdio` connection has ended, or when `close` was called. */
  readonly ended: Promise<void>;
  /** Ends all connections and stops listening. */
  close(): Promise<void>;
}

/** Starts serving. Rejects with TargetUnavailable where the address or the variant is no good. */
export async function serve(options: ServeOptions): Promise<Serving> {
  const combination = findCombination(options);
  const misbehave = options.misbehave === undefined ? undefined : parseMisbehaviour(options.misbehave);
  const open = (): ServedDevice => new ServedDevice(openEmulator('emulator', combination, { faults: options.faults }));
  const description = open().description();
  if (options.listen !== 'stdio') return listen(options.listen, open, misbehave, description);
  const { input, output } = options.streams ?? { input: process.stdin, output: process.stdout };
  let finish!: () => void;
  const ended = new Promise<void>((resolve) => (finish = resolve));
  const stop = serveStream(open(), input, output, misbehave, finish);
  return {
    address: 'stdio',
    description,
    ended,
    async close() {
      stop();
      finish();
    },
  };
}

function findCombination(options: ServeOptions): Combination {
  const variant = options.variant ?? 'default';
  const candidates = emulatorCombinations().filter(
    ({ device, transport }) => device === options.device && transport === options.transport,
  );
  const found = candidates.find((candidate) => candidate.variant === variant);
  if (found !== undefined) return found;
  const known = candidates.map((candidate) => candidate.variant).join(', ');
  throw new TargetUnavailable(
    `the emulated ${options.device} on ${options.transport} has no variant ${variant}; it has ${known}`,
  );
}

async function listen(
  address: string,
  open: () => ServedDevice,
  misbehave: Misbehaviour | undefined,
  description: Record<string, unknown>,
): Promise<Serving> {
  const endpoint = parseEndpoint(address);
  if (endpoint.kind === 'exec')
    throw new TargetUnavailable(`can't listen on ${address}: it must be unix:, tcp: or stdio`);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => sockets.delete(socket));
    serveStream(open(), socket, socket, misbehave, () => socket.destroy());
  });
  await listening(server, endpoint.kind === 'unix' ? { path: endpoint.path } : endpoint, address);
  let finish!: () => void;
  const ended = new Promise<void>((resolve) => (finish = resolve));
  return {
    address: addressOf(server, address),
    description,
    ended,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
      if (endpoint.kind === 'unix') rmSync(endpoint.path, { force: true });
      finish();
    },
  };
}

function listening(
  server: Server,
  where: { path?: string; host?: string; port?: number },
  name: string,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const refused = (error: Error): void => reject(new TargetUnavailable(`can't listen on ${name}: ${error.message}`));
    server.once('error', refused);
    server.listen(where, () => {
      server.off('error', refused);
      resolve();
    });
  });
}

function addressOf(server: Server, asked: string): string {
  const address = server.address();
  if (address === null || typeof address === 'string') return asked;
  return `tcp:${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`;
}
