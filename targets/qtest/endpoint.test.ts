import { describe, expect, test } from 'vitest';
import { openEndpoint, parseEndpoint } from './endpoint.ts';

describe('qtest endpoint', () => {
  test.each([
    ['unix:/run/a b.sock', { kind: 'unix', path: '/run/a b.sock' }],
    ['tcp:localhost:4711', { kind: 'tcp', host: 'localhost', port: 4711 }],
    ['tcp:[::1]:80', { kind: 'tcp', host: '::1', port: 80 }],
    ["exec:vmm  --name \"my vm\" '' a'b'c", { kind: 'exec', words: ['vmm', '--name', 'my vm', '', 'abc'] }],
  ])('%s', (text, endpoint) => {
    expect(parseEndpoint(text)).toEqual(endpoint);
  });

  test.each(['', 'unix:', 'tcp:host', 'tcp:host:99999', 'pipe:x', 'exec:   ', 'exec:"a'])('refuses %j', (text) => {
    expect(() => parseEndpoint(text)).toThrow(/qtest:/);
  });

  test('says what can not be reached', async () => {
    await expect(openEndpoint({ kind: 'unix', path: '/no/such.sock' }, 1000)).rejects.toThrow(
      /can't connect to unix:\/no\/such\.sock: .*ENOENT/,
    );
  });

  test('knows how a command ended', async () => {
    const link = await openEndpoint({ kind: 'exec', words: ['sh', '-c', 'echo sorry >&2; exit 3'] }, 1000);
    link.input.resume();
    await new Promise((resolve) => link.input.once('end', resolve));
    expect(await link.stop()).toBe('exit code 3; stderr: sorry');
  });
});
