/** `virtcheck targets`: what can be judged on this machine. */
import { CHILD_NAMES } from '../../targets/driver-stack/machine.ts';
import { DRIVER_PREFIX, PRESETS } from '../../targets/driver-stack/profile-name.ts';
import { listTargets } from '../../targets/registry.ts';
import { wrap } from '../../reports/text.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { layoutFor, write, type GlobalOptions } from '../output.ts';

export interface TargetsFlags extends GlobalOptions {
  readonly json?: boolean;
}

export async function targets(flags: TargetsFlags): Promise<ExitCode> {
  const listed = await listTargets();
  if (flags.json) {
    await write(process.stdout, `${JSON.stringify(listed, null, 2)}\n`);
    return EXIT.conformant;
  }
  const { style, width } = layoutFor(process.stdout, flags);
  const longest = Math.max(...listed.map((target) => target.name.length));
  const indent = ' '.repeat(longest + 4);
  const blocks = listed.map((target) => {
    const name = `  ${target.name.padEnd(longest)}  `;
    const text = target.available ? `${target.version ?? ''}` : `not here: ${target.missing ?? ''}`;
    return wrap(text, width, name, indent).replace(
      target.name,
      (target.available ? style.green : style.red)(target.name),
    );
  });
  const presets = `as REVISION: one of its own (1.9), HEAD, mended, a file {revisions, switches} (profile.json), or ${PRESETS.join(', ')}`;
  const children = `as CHILD: ${CHILD_NAMES.join(', ')}`;
  const drivers = [children, presets].map((text) => wrap(text, width, indent, indent));
  const at = listed.findIndex(({ name }) => name.startsWith(DRIVER_PREFIX));
  blocks.splice(at + 1, 0, ...drivers);
  await write(process.stdout, `${blocks.join('\n')}\n`);
  return EXIT.conformant;
}
