/**
 * Any device behind a qtest endpoint, described by a file: `qtest:unix:PATH`, `qtest:tcp:HOST:PORT`, `qtest:exec:COMMAND`.
 *
 * A new connection (for `exec` a new process) has to present the device at power-on: that is how a restart works.
 */
import { QtestClient, QtestFailure } from './qtest/client.ts';
import { CommandBatch } from './qtest/commands.ts';
import { readDescription, type QtestDescription } from './qtest/description.ts';
import { endpointName, openEndpoint, parseEndpoint, type Endpoint } from './qtest/endpoint.ts';
import { QtestSession, probe, type QtestConnection } from './qtest/session.ts';
import { TargetUnavailable, type Combination, type Target } from './target.ts';
import { modeFor } from './validation.ts';

export interface QtestOptions {
  /** Path of the description file. */
  readonly describe?: string;
  /** Milliseconds without an answer after which the endpoint counts as hung. Default 5000. */
  readonly patience?: number;
  /** Milliseconds that a wait for the device goes on. Default 2000. */
  readonly waitPatience?: number;
}

const DEFAULT_PATIENCE = 5000;

/** The target behind an endpoint; `spec` is what follows `qtest:`. Throws TargetUnavailable. Nothing is opened yet. */
export function createQtestTarget(spec: string, options: QtestOptions): Target {
  const endpoint = parseEndpoint(spec);
  if (options.describe === undefined) {
    throw new TargetUnavailable(
      `qtest:${spec} needs a description of the device: --describe FILE ` +
        '(reports/schemas/qtest-target.schema.json says what goes into it)',
    );
  }
  return describedTarget(endpoint, readDescription(options.describe), options);
}

/** The target that a description and an endpoint make together. */
export function describedTarget(
  endpoint: Endpoint,
  description: QtestDescription,
  options: Omit<QtestOptions, 'describe'> = {},
): Target {
  const { name, device, transport } = description;
  const mode = modeFor(transport, description.mode, description.byteOrder);
  return {
    name,
    combinations: [{ device, transport, mode, variant: 'default' }],
    open: (combination) => openSession(endpoint, description, combination, options),
  };
}

async function openSession(
  endpoint: Endpoint,
  description: QtestDescription,
  combination: Combination,
  options: Omit<QtestOptions, 'describe'>,
): Promise<QtestSession> {
  const patience = options.patience ?? DEFAULT_PATIENCE;
  const start = (): Promise<QtestConnection> => connect(endpoint, description, patience);
  return new QtestSession(
    {
      info: {
        ...combination,
        target: description.name,
        version: description.version,
        memory: description.memory,
        observesDeviceStores: false,
        observesInterrupt: description.interrupt !== null,
        hostActions: [],
        claims: description.claims,
        registerBase: description.address,
        ...(endpoint.kind === 'exec' ? { commandLine: endpoint.words } : {}),
      },
      start,
      waitPatience: options.waitPatience,
    },
    await start(),
  );
}

async function connect(endpoint: Endpoint, description: QtestDescription, patience: number): Promise<QtestConnection> {
  const link = await openEndpoint(endpoint, patience);
  const client = new QtestClient(link.input, link.output, { patience });
  const stop = async (): Promise<string> => {
    const end = await link.stop();
    client.close();
    return end;
  };
  try {
    const { bigEndian } = await probe(client, []);
    if (bigEndian !== (description.byteOrder === 'big')) {
      throw new TargetUnavailable(
        `${endpointName(endpoint)} says that it is ${bigEndian ? 'big' : 'little'}-endian; ` +
          `its description says ${description.byteOrder}`,
      );
    }
    if (description.intercept !== undefined) {
      const batch = new CommandBatch();
      batch.plain(`irq_intercept_in ${description.intercept}`);
      await client.run(batch, { reply() {} });
    }
  } catch (error) {
    const end = await stop();
    if (!(error instanceof QtestFailure)) throw error;
    throw new TargetUnavailable(`${endpointName(endpoint)} does not speak qtest: ${error.message}${end && `; ${end}`}`);
  }
  return {
    client,
    registerBase: description.address,
    bigEndian: description.byteOrder === 'big',
    interruptLine: description.interrupt,
    stop,
  };
}
