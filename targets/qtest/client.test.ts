import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, test } from 'vitest';
import { QtestClient, QtestFailure, type QtestClientOptions } from './client.ts';
import { CommandBatch } from './commands.ts';

/** An endpoint whose answers the test writes itself. */
function fakeEndpoint(options: QtestClientOptions = {}) {
  const fromEndpoint = new PassThrough();
  const toEndpoint = new PassThrough();
  const client = new QtestClient(fromEndpoint, toEndpoint, options);
  let received = '';
  toEndpoint.on('data', (data: Buffer) => (received += data.toString('latin1')));
  return {
    client,
    answer: (text: string) => fromEndpoint.write(text, 'latin1'),
    end: () => fromEndpoint.end(),
    fromEndpoint,
    received: () => received,
  };
}

/** Runs a batch and collects its replies. */
async function run(client: QtestClient, batch: CommandBatch) {
  const replies: { high: number; low: number; data: number[] }[] = [];
  await client.run(batch, { reply: (high, low, data) => replies.push({ high, low, data: [...data] }) });
  return replies;
}

function reads(count: number): CommandBatch {
  const batch = new CommandBatch();
  for (let i = 0; i < count; i++) batch.read(0x1000 + 4 * i, 4);
  return batch;
}

const open: QtestClient[] = [];
afterEach(() => {
  for (const client of open.splice(0)) client.close();
});

function endpoint(options?: QtestClientOptions) {
  const fake = fakeEndpoint(options);
  open.push(fake.client);
  return fake;
}

describe('qtest client', () => {
  test('matches replies of all kinds in order', async () => {
    const { client, answer, received } = endpoint();
    const batch = new CommandBatch();
    batch.write(0x10, 8, 0x12345678, 0x9);
    batch.read(0x10, 8);
    batch.load(0x20, 3);
    batch.load(0x20, 16);
    batch.store(0x20, Uint8Array.of(1, 0xab));
    batch.endianness();
    const replies = run(client, batch);
    const sixteen = Array.from({ length: 16 }, (_, i) => i);
    answer(`OK\nOK 0x8000000000000001\nOK 0x0001ff\nOK ${Buffer.from(sixteen).toString('base64')}\nOK\nOK little\n`);
    expect(await replies).toEqual([
      { high: 0, low: 0, data: [] },
      { high: 0x80000000, low: 1, data: [] },
      { high: 0, low: 0, data: [0, 1, 0xff] },
      { high: 0, low: 0, data: sixteen },
      { high: 0, low: 0, data: [] },
      { high: 0, low: 0, data: [...Buffer.from('little')] },
    ]);
    expect(received()).toBe(
      'writeq 0x10 0x1234567800000009\nreadq 0x10\nread 0x20 3\nb64read 0x20 16\nwrite 0x20 2 0x01ab\nendianness\n',
    );
  });

  test('does not care where the stream cuts the lines', async () => {
    const text = 'OK 0x0000000000000001\nIRQ raise 7\nOK 0x2\r\nOK 0xFFFFFFFF\n';
    for (let cut = 1; cut < text.length; cut++) {
      const { client, fromEndpoint } = endpoint();
      const replies = run(client, reads(3));
      fromEndpoint.emit('data', Buffer.from(text.slice(0, cut)));
      fromEndpoint.emit('data', Buffer.from(text.slice(cut)));
      expect((await replies).map((reply) => reply.low)).toEqual([1, 2, 0xffffffff]);
      expect(client.interruptLevel('7')).toBe(1);
    }
  });

  test('tracks interrupt levels by line, also between batches', async () => {
    const { client, answer } = endpoint();
    answer('IRQ raise 1\nIRQ raise 2\nIRQ lower 1\n');
    const replies = run(client, reads(1));
    answer('IRQ raise 23\nOK 0x0\n');
    await replies;
    expect(['1', '2', '23', '99'].map((line) => client.interruptLevel(line))).toEqual([0, 1, 1, 0]);
  });

  test('answers a batch that is larger than every buffer', async () => {
    const { client, answer, received } = endpoint();
    const count = 20_000;
    const replies = run(client, reads(count));
    let answered = 0;
    while (answered < count) {
      await new Promise((resolve) => setImmediate(resolve));
      const lines = received().split('\n').length - 1;
      answer('OK 0x5\n'.repeat(lines - answered));
      answered = lines;
    }
    expect(await replies).toHaveLength(count);
  });

  test.each([
    ['garbage', '\x01\x02 hello\n', /no OK in reply to "readl 0x1000": "\\x01\\x02 hello"/],
    ['a refusal', "FAIL Unknown command 'readl'\n", /no OK .*"FAIL Unknown command 'readl'"/],
    ['a number that is none', 'OK 0x12g4\n', /malformed reply/],
    ['a number that is too long', `OK 0x${'1'.repeat(17)}\n`, /malformed reply/],
    ['no number', 'OK\n', /malformed reply/],
    ['an empty line', '\n', /no OK/],
  ])('%s is a protocol error', async (_name, line, message) => {
    const { client, answer } = endpoint();
    const replies = run(client, reads(1));
    answer(line);
    await expect(replies).rejects.toThrow(message);
    expect(client.failed?.kind).toBe('protocol');
    await expect(run(client, reads(1))).rejects.toBe(client.failed);
  });

  test('the wrong number of bytes is a protocol error', async () => {
    for (const size of [4, 32]) {
      const { client, answer } = endpoint();
      const batch = new CommandBatch();
      batch.load(0, size);
      const replies = run(client, batch);
      answer(size === 4 ? 'OK 0x0011\n' : 'OK AAEC\n');
      await expect(replies).rejects.toThrow(/malformed reply/);
    }
  });

  test('a line that answers nothing is a protocol error', async () => {
    const { client, answer } = endpoint();
    answer('OK\n');
    await new Promise((resolve) => setImmediate(resolve));
    expect(client.failed?.message).toMatch(/answers nothing: "OK"/);
  });

  test('a line without end is cut off', async () => {
    const { client, answer } = endpoint({ maxLine: 10_000 });
    const replies = run(client, reads(1));
    for (let i = 0; i < 20; i++) answer('x'.repeat(1000));
    await expect(replies).rejects.toThrow(/a line of more than 10000 bytes: "xxxx/);
  });

  test('a flood of interrupts is cut off', async () => {
    const { client, answer } = endpoint();
    const replies = run(client, reads(1));
    answer('IRQ raise 1\n'.repeat(100_001));
    await expect(replies).rejects.toThrow(/flood/);
  });

  test('silence is a hang, but only where a reply is due', async () => {
    const { client, answer } = endpoint({ patience: 50 });
    await new Promise((resolve) => setTimeout(resolve, 120));
    const replies = run(client, reads(2));
    answer('OK 0x1\nIRQ raise 3\n');
    const failure: unknown = await replies.catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(QtestFailure);
    expect(failure).toMatchObject({ kind: 'hung', message: 'no reply to "readl 0x1004" within 50 ms' });
  });

  test('slow but steady replies are no hang', async () => {
    const { client, answer } = endpoint({ patience: 400 });
    const replies = run(client, reads(6));
    for (let i = 0; i < 6; i++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      answer('OK 0x1\n');
    }
    expect(await replies).toHaveLength(6);
  });

  test('the end of the stream fails the batch after the replies that came', async () => {
    const { client, answer, end } = endpoint();
    const seen: number[] = [];
    const replies = client.run(reads(3), { reply: (_high, low) => seen.push(low) });
    answer('OK 0x1\nOK 0x2\nOK 0x');
    end();
    await expect(replies).rejects.toMatchObject({ kind: 'ended' });
    expect(seen).toEqual([1, 2]);
  });

  test('one batch at a time', async () => {
    const { client } = endpoint();
    void run(client, reads(1)).catch(() => {});
    expect(() => client.run(reads(1), { reply() {} })).toThrow(/already under way/);
  });
});
