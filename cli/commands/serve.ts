/** `virtcheck serve`: the in-tree emulator as a qtest endpoint. */
import { commandLine } from '../../harness/command-line.ts';
import type { DeviceKind, Transport } from '../../models/setup.ts';
import { serve as serveEmulator } from '../../targets/serve.ts';
import { EXIT, UsageError, type ExitCode } from '../exit-codes.ts';
import { checkWritableFile, writeWhole } from '../files.ts';
import { onInterrupt } from '../interrupt.ts';
import type { GlobalOptions } from '../output.ts';
import { checkFaults } from '../target-choice.ts';

export interface ServeFlags extends GlobalOptions {
  readonly listen?: string;
  readonly device: DeviceKind;
  readonly transport: Transport;
  readonly variant: string;
  readonly fault?: readonly string[];
  readonly describe?: string;
}

const FORMS = 'unix:PATH, tcp:HOST:PORT or stdio';
const LARGEST_PORT = 65_535;

/** Throws a UsageError for anything that is no address to listen on. */
export function checkListen(text: string | undefined): asserts text is string {
  if (text === undefined) {
    const example = "for example 'virtcheck serve --listen unix:/tmp/q'";
    throw new UsageError(`say where to listen with --listen: ${FORMS}`, example);
  }
  if (text === 'stdio' || /^unix:./.test(text)) return;
  const port = /^tcp:(?:\[[^\]]+\]|[^:]+):([0-9]+)$/.exec(text)?.[1];
  if (port !== undefined && Number(port) <= LARGEST_PORT) return;
  throw new UsageError(
    `--listen takes ${FORMS}, not '${text}'`,
    'for example tcp:127.0.0.1:7000; port 0 picks a free one',
  );
}

export async function serve(flags: ServeFlags): Promise<ExitCode> {
  const { listen, device, transport, variant, fault: faults, describe } = flags;
  checkListen(listen);
  await checkFaults(faults ?? [], 'device');
  if (describe !== undefined) checkWritableFile('--describe', describe);
  const serving = await serveEmulator({ listen, device, transport, variant, faults });
  if (describe !== undefined) writeWhole(describe, `${JSON.stringify(serving.description, null, 2)}\n`);
  const interrupt = onInterrupt(() => void serving.close());
  if (!flags.quiet) {
    // On stderr: with stdio, stdout belongs to the protocol.
    process.stderr.write(`Serving ${device} on ${transport} at ${serving.address}; Ctrl-C ends it.\n`);
    if (listen !== 'stdio') {
      const file = describe ?? 'FILE';
      if (describe === undefined) process.stderr.write('--describe FILE writes the description that a run needs.\n');
      process.stderr.write(
        `Judge it: ${commandLine('run', '--target', `qtest:${serving.address}`, '--describe', file)}\n`,
      );
    }
  }
  await serving.ended;
  interrupt.dispose();
  // To be ended by a signal is how a server ends.
  return EXIT.conformant;
}
