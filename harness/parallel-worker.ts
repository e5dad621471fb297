/** Entry of a worker thread: judges one share after the other until told to end (harness/parallel.ts). */
import { parentPort, workerData } from 'node:worker_threads';
import type { DriverTransport } from '../models/attach/setup.ts';
import { DRIVER_PREFIX, parseDriverProfile } from '../targets/driver-stack/profile-name.ts';
import { frontEndOf } from '../targets/reference-driver/name.ts';
import type { TargetUnavailable } from '../targets/target.ts';
import type { DeviceShare, FromWorker, Runner, Share, ToWorker, WorkerSetup } from './parallel-protocol.ts';
import type { RunResult } from './result.ts';
import type { Progress } from './run-api.ts';

/** A message per progress report would cost more than the scenarios it reports about. */
const PROGRESS_INTERVAL_MS = 100;

const TARGET_UNAVAILABLE: TargetUnavailable['name'] = 'TargetUnavailable';

const setup = workerData as WorkerSetup;
const port = parentPort!;
const send = (message: FromWorker): void => port.postMessage(message);

const stopping = new AbortController();
// The event only comes when this thread gets round to its messages; whoever asks `aborted` learns it at once.
Object.defineProperty(stopping.signal, 'aborted', { get: () => Atomics.load(setup.stop, 0) === 1 });

const runner = loadRunner();
// A rejection is reported when the first share asks for the runner, not as an unhandled one.
runner.catch(() => undefined);

port.on('message', (message: ToWorker) => {
  switch (message.kind) {
    case 'share':
      void judge(message.share);
      break;
    case 'stop':
      stopping.abort();
      break;
  }
});

async function loadRunner(): Promise<Runner> {
  if (setup.runner !== undefined) return (await import(setup.runner)) as Runner;
  const [{ resolveTarget }, { runTarget }] = await Promise.all([import('../targets/registry.ts'), import('./run.ts')]);
  return { resolveTarget, runTarget };
}

async function judge(share: Share): Promise<void> {
  try {
    const isDriver = setup.target.startsWith(DRIVER_PREFIX);
    send({ kind: 'done', results: isDriver ? await judgeDriver(share) : await judgeDevice(share as DeviceShare) });
  } catch (error) {
    // By name: a user's module may have its own copy of this package.
    if (error instanceof Error && error.name === TARGET_UNAVAILABLE)
      send({ kind: 'unavailable', message: error.message });
    else send({ kind: 'failed', message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}

async function judgeDevice({ device, transport }: DeviceShare): Promise<readonly RunResult[]> {
  const { resolveTarget, runTarget } = await runner;
  const target = await resolveTarget(setup.target, setup.targetOptions);
  const signals = { signal: stopping.signal, onProgress: throttled() };
  return runTarget({ ...setup.run, target, devices: [device], transports: [transport], ...signals });
}

async function judgeDriver({ transport }: Share): Promise<readonly RunResult[]> {
  const { judgeDriverOn, runDriver } = await import('./driver-stack/run.ts');
  const frontEnd = frontEndOf(setup.target.slice(DRIVER_PREFIX.length));
  if (frontEnd !== undefined) {
    const { referenceSubject } = await import('./reference-driver/subject.ts');
    const subject = referenceSubject(frontEnd, setup.targetOptions.faults ?? []);
    const around = { signal: stopping.signal, onProgress: throttled() };
    return judgeDriverOn(subject, { ...setup.run, transports: [transport as DriverTransport], ...around });
  }
  const target = parseDriverProfile(setup.target, setup.targetOptions.faults);
  const signals = { signal: stopping.signal, onProgress: throttled() };
  return runDriver({ ...setup.run, target, transports: [transport as DriverTransport], ...signals });
}

/** Passes on the first report, then at most one per interval, and every new finding. */
function throttled(): (progress: Progress) => void {
  let last = -Infinity;
  let broken = 0;
  return (progress) => {
    const now = performance.now();
    if (now - last < PROGRESS_INTERVAL_MS && progress.broken === broken) return;
    last = now;
    broken = progress.broken;
    send({ kind: 'progress', progress });
  };
}
