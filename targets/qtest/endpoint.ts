/** Where a qtest endpoint is (`unix:PATH`, `tcp:HOST:PORT`, `exec:COMMAND`), and how it is reached. */
import { connect, type Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { startChild } from '../child.ts';
import { TargetUnavailable } from '../target.ts';

export type Endpoint =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'exec'; readonly words: readonly string[] };

/** An open pair of streams. */
export interface Link {
  readonly input: Readable;
  readonly output: Writable;
  /** Ends it, and the process behind it if we started one; resolves to what is known of its end. */
  stop(): Promise<string>;
}

/** How long a started command that closed its output is given to end by itself. */
const LAST_WORDS = 2000;

/** Parses the part of a target's name after `qtest:`. Throws TargetUnavailable. */
export function parseEndpoint(text: string): Endpoint {
  const [, kind, rest] = /^(unix|tcp|exec):(.+)$/s.exec(text) ?? [];
  if (kind === 'unix') return { kind, path: rest };
  if (kind === 'exec') return { kind, words: splitWords(rest) };
  const [, host, port] = kind === 'tcp' ? (/^(.+):(\d{1,5})$/.exec(rest) ?? []) : [];
  if (host !== undefined && Number(port) <= 65535) {
    return { kind: 'tcp', host: host.replace(/^\[(.*)\]$/, '$1'), port: Number(port) };
  }
  throw new TargetUnavailable(
    `qtest:${text} names no endpoint; it must be qtest:unix:PATH, qtest:tcp:HOST:PORT or qtest:exec:COMMAND`,
  );
}

/** Connects or starts. Rejects with TargetUnavailable. */
export async function openEndpoint(endpoint: Endpoint, patience: number): Promise<Link> {
  if (endpoint.kind === 'exec') return startCommand(endpoint.words);
  const socket = endpoint.kind === 'unix' ? connect(endpoint.path) : connect(endpoint.port, endpoint.host);
  await connected(socket, endpointName(endpoint), patience);
  socket.setNoDelay(true);
  return {
    input: socket,
    output: socket,
    async stop() {
      if (!socket.closed) {
        const closed = new Promise((resolve) => socket.once('close', resolve));
        socket.destroy();
        await closed;
      }
      return '';
    },
  };
}

export function endpointName(endpoint: Endpoint): string {
  if (endpoint.kind === 'unix') return `unix:${endpoint.path}`;
  if (endpoint.kind === 'tcp') return `tcp:${endpoint.host}:${endpoint.port}`;
  return `exec:${endpoint.words.join(' ')}`;
}

async function startCommand(words: readonly string[]): Promise<Link> {
  const child = await startChild(words[0], words.slice(1)).catch((error: unknown) => {
    throw new TargetUnavailable(`${words[0]} can't be started: ${(error as Error).message}`);
  });
  return {
    input: child.stdout,
    output: child.stdin,
    async stop() {
      // A command that has closed its output is ending; only one that has not needs to be told.
      if (!child.stdout.readableEnded) child.kill();
      const timer = setTimeout(() => child.kill(), LAST_WORDS);
      const end = await child.ended;
      clearTimeout(timer);
      return end;
    },
  };
}

function connected(socket: Socket, name: string, patience: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(new TargetUnavailable(`can't connect to ${name}: ${reason}`));
    };
    const timer = setTimeout(() => fail(`no answer within ${patience} ms`), patience);
    const refused = (error: Error): void => fail(error.message);
    socket.once('error', refused);
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.off('error', refused);
      resolve();
    });
  });
}

/** Splits a command at blanks as a shell does, with quotes but without anything else: no shell is involved. */
function splitWords(command: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (const character of command) {
    if (quote !== '') {
      if (character === quote) quote = '';
      else word += character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? '') + character;
    }
  }
  if (quote !== '') throw new TargetUnavailable(`qtest:exec: the quote ${quote} is never closed`);
  if (word !== undefined) words.push(word);
  if (words.length === 0) throw new TargetUnavailable('qtest:exec: names no command');
  return words;
}
