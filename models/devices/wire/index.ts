/** Types of which messages and configuration are judged, by the number of the type. */
import type { Report } from '../../report.ts';
import type { DeviceFacts, DeviceModel } from '../../seams.ts';
import type { JudgeSetup } from '../../setup.ts';
import { otherFacts, OtherModel } from '../other.ts';
import { BALLOON_FACTS, BalloonModel } from './balloon.ts';
import { GPU_FACTS, GpuModel } from './gpu.ts';
import { NET_FACTS, NetModel } from './net.ts';
import { P9_FACTS, P9Model } from './p9.ts';
import { SCSI_FACTS, ScsiModel } from './scsi.ts';
import type { WireModel } from './wire-model.ts';

interface WireType {
  readonly facts: DeviceFacts;
  readonly model: new (setup: JudgeSetup, report: Report) => WireModel;
}

const TYPES: ReadonlyMap<number, WireType> = new Map(
  [
    { facts: NET_FACTS, model: NetModel },
    { facts: BALLOON_FACTS, model: BalloonModel },
    { facts: SCSI_FACTS, model: ScsiModel },
    { facts: P9_FACTS, model: P9Model },
    { facts: GPU_FACTS, model: GpuModel },
  ].map((type) => [type.facts.deviceId, type]),
);

/** Facts of a type without a model of its own behaviour. */
export const wireFactsOf = (deviceId: number): DeviceFacts => TYPES.get(deviceId)?.facts ?? otherFacts(deviceId);

export function createWireModel(setup: JudgeSetup, report: Report): DeviceModel {
  const type = TYPES.get(setup.deviceId ?? 0);
  return type === undefined ? new OtherModel(otherFacts(setup.deviceId ?? 0)) : new type.model(setup, report);
}
