/** What scenario generators are told of an opened session. */
import type { Surroundings } from '../generators/requests.ts';
import type { SessionInfo } from '../targets/target.ts';

export function surroundingsOf(info: SessionInfo, fast: boolean): Surroundings {
  return {
    device: info.device,
    legacy: info.transport === 'mmio-v1',
    variant: info.variant,
    multiport: info.variant.endsWith('multiport'),
    readOnly: info.claims.readOnly ?? false,
    capacity: info.claims.capacity ?? 128,
    limits: info.claims.config ?? {},
    hostActions: info.hostActions,
    fast,
  };
}
