/** Names of mutants, and which ones are left out because only a seeded fault brings them to life. */
import { describe, expect, test } from 'vitest';
import { mutantsIn } from './mutants.ts';

async function namesIn(text: string): Promise<{ readonly tried: string[]; readonly ignored: string[] }> {
  const mutants = [...(await mutantsIn(text, 'emulator/x.ts')).values()];
  const names = (ignored: boolean): string[] =>
    mutants.filter((mutant) => mutant.ignored === ignored).map(({ name }) => name);
  return { tried: names(false), ignored: names(true) };
}

describe('mutants', () => {
  test('are named by what they change, whatever stands before them', async () => {
    const { tried } = await namesIn('export const f = (a: number) => a + 1;');
    expect(tried).toContain('ArithmeticOperator: a + 1 => a - 1');
    const moved = await namesIn('// something new\n\nexport const f = (a: number) => a + 1;');
    expect(moved.tried).toEqual(tried);
  });

  test('that read the same are numbered', async () => {
    const { tried } = await namesIn('export const f = (a: number, b: number) => (b > 0 ? a + 1 : 2 * (a + 1));');
    const twice = tried.filter((name) => name.startsWith('ArithmeticOperator: a + 1'));
    expect(twice).toEqual(['ArithmeticOperator: a + 1 => a - 1', 'ArithmeticOperator: a + 1 => a - 1 #2']);
  });

  test('of code for a seeded fault alone are ignored, and no others', async () => {
    const { tried, ignored } = await namesIn(`
      export function f(faults: Record<string, boolean>, a: number): number {
        if (faults['a-fault']) return a * 3;
        const broken = faults['a-fault'] || faults['another'];
        if (!broken) return a + 1;
        return a / 7;
      }`);
    expect(tried).toContain('ArithmeticOperator: a + 1 => a - 1');
    expect(tried.filter((name) => /^Arith.*(a \* 3|a \/ 7)/.test(name))).toEqual([]);
    expect(ignored).toEqual(
      expect.arrayContaining(['ArithmeticOperator: a * 3 => a / 3', 'ArithmeticOperator: a / 7 => a * 7']),
    );
  });

  test('of a condition that something else decides as well are tried', async () => {
    const { tried } = await namesIn(`
      export const f = (faults: Record<string, boolean>, a: number) => (a > 4 || faults['a-fault'] ? 1 : 2);`);
    expect(tried).toEqual(expect.arrayContaining(['EqualityOperator: a > 4 => a >= 4']));
  });

  test('of the words of an error are ignored', async () => {
    const { tried, ignored } = await namesIn("export const f = () => { throw new RangeError('too far'); };");
    expect(ignored).toEqual(['StringLiteral: \'too far\' => ""']);
    expect(tried).not.toContain('StringLiteral: \'too far\' => ""');
  });

  test('of what a kernel panics with or prints are ignored, and of other arguments are not', async () => {
    const { tried, ignored } = await namesIn(`
      export function f(kernel: Kernel, at: number | null): void {
        kernel.assert(at !== 4, 'it is four');
        kernel.deref(at, \`value \${at}\`);
        if (at === 5) throw new KernelPanic('panic', 'five');
        kernel.print('done');
        kernel.observe('told');
      }`);
    expect(ignored).toEqual([
      'StringLiteral: \'it is four\' => ""',
      'StringLiteral: `value ${at}` => ``',
      'StringLiteral: \'five\' => ""',
      'StringLiteral: \'done\' => ""',
    ]);
    expect(tried).toEqual(expect.arrayContaining(['StringLiteral: \'panic\' => ""', 'StringLiteral: \'told\' => ""']));
  });
});
