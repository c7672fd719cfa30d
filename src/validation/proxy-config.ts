import { selector } from './labels';
import type { Validated } from './validated';

/** Source: pkg/config/validation/validation.go, ValidateProxyConfig. */
export function proxyConfig({ spec }: Validated): void {
  selector(spec.at('selector'), 'matchLabels');
  const threads = spec.at('concurrency');
  if (threads.number < 0) threads.error(`${threads.number} is below 0: 0 is a thread for each core`);
}
