/** A minimal QMP client: commands one after another over QEMU's monitor socket, and events that somebody waits for. */
import { connect, type Socket } from 'node:net';
import { QtestFailure } from '../qtest/client.ts';

/** QEMU refused a command; nothing happened. */
export class QmpRefusal extends Error {
  override readonly name = 'QmpRefusal';
}

interface Waiter {
  matches(message: Record<string, unknown>): boolean;
  resolve(message: Record<string, unknown>): void;
  reject(error: Error): void;
}

export class QmpClient {
  private readonly socket: Socket;
  private readonly patience: number;
  private readonly waiters = new Set<Waiter>();
  private failure: QtestFailure | null = null;
  private text = '';
  private nextId = 1;

  private constructor(socket: Socket, patience: number) {
    this.socket = socket;
    this.patience = patience;
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => this.receive(text));
    const lost = (): void => this.fail(new QtestFailure('ended', 'monitor connection lost'));
    socket.on('error', lost);
    socket.on('close', lost);
  }

  /** Connects to a listening monitor and leaves its negotiation mode. Rejects with a QtestFailure. */
  static async connect(path: string, patience: number): Promise<QmpClient> {
    const client = new QmpClient(await connectTo(path), patience);
    await client.execute('qmp_capabilities');
    return client;
  }

  /** Runs a command; resolves to what it returns. Rejects with QmpRefusal, or QtestFailure if QEMU is gone or hangs. */
  async execute(command: string, args: Record<string, unknown> = {}): Promise<unknown> {
    const id = this.nextId++;
    const answer = this.waitFor((message) => message.id === id, command);
    this.socket.write(`${JSON.stringify({ execute: command, arguments: args, id })}\n`);
    const message = await answer;
    const error = message.error as { desc?: string } | undefined;
    if (error !== undefined) throw new QmpRefusal(`${command}: ${error.desc ?? 'refused'}`);
    return message.return;
  }

  /** Resolves at the next event of a name whose data `matches`. Call it before what causes the event. */
  async event(name: string, matches: (data: Record<string, unknown>) => boolean): Promise<void> {
    await this.waitFor(
      (message) => message.event === name && matches((message.data ?? {}) as Record<string, unknown>),
      `event ${name}`,
    );
  }

  close(): void {
    this.socket.destroy();
  }

  private waitFor(matches: Waiter['matches'], what: string): Promise<Record<string, unknown>> {
    if (this.failure !== null) return Promise.reject(this.failure);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiters.delete(waiter);
        reject(new QtestFailure('hung', `monitor: no answer to ${what} within ${this.patience} ms`));
      }, this.patience);
      const finish = (): void => {
        clearTimeout(timer);
        this.waiters.delete(waiter);
      };
      const waiter: Waiter = {
        matches,
        resolve(message) {
          finish();
          resolve(message);
        },
        reject(error) {
          finish();
          reject(error);
        },
      };
      this.waiters.add(waiter);
    });
  }

  private receive(text: string): void {
    this.text += text;
    for (let end = this.text.indexOf('\n'); end >= 0; end = this.text.indexOf('\n')) {
      const line = this.text.slice(0, end);
      this.text = this.text.slice(end + 1);
      let message: Record<string, unknown>;
      try {
        message = JSON.parse(line) as Record<string, unknown>;
      } catch {
        this.fail(new QtestFailure('protocol', `monitor sent "${line.slice(0, 120)}"`));
        return;
      }
      for (const waiter of [...this.waiters]) {
        if (waiter.matches(message)) waiter.resolve(message);
      }
    }
  }

  private fail(failure: QtestFailure): void {
    if (this.failure !== null) return;
    this.failure = failure;
    for (const waiter of [...this.waiters]) waiter.reject(failure);
  }
}

/** Connects to a listening Unix socket. Rejects with a QtestFailure. */
export function connectTo(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    const refused = (error: Error): void => reject(new QtestFailure('ended', `cannot connect: ${error.message}`));
    socket.once('error', refused);
    socket.once('connect', () => {
      socket.off('error', refused);
      resolve(socket);
    });
  });
}
