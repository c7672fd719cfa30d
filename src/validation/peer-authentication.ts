import { selector } from './labels';
import type { Validated } from './validated';

/** Source: pkg/config/validation/validation.go, ValidatePeerAuthentication. */
export function peerAuthentication({ spec }: Validated): void {
  const levels = spec.at('portLevelMtls');
  const ports = [...levels.entries()];
  const selects = Object.keys(spec.at('selector').at('matchLabels').value ?? {}).length > 0;
  if (ports.length > 0 && !selects)
    levels.error('stands without a selector: ports are those of workloads, so say which, with labels');
  if (levels.value !== undefined && ports.length === 0) levels.error('is empty: name a port, or take it out');
  for (const port of ports) {
    const n = Number(port.key);
    if (!(n > 0 && n <= 65_535)) port.error(`${port.key} is no port: ports are 1 to 65535`);
  }
  selector(spec.at('selector'), 'matchLabels');
}
