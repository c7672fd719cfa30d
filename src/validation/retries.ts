import { isRetryStatus, RETRY_CONDITIONS } from '../routing/retry-on';
import { duration } from './durations';
import type { Field } from './field';

/** Source: validation.go, validateHTTPRetry. */
export function retries(field: Field): void {
  if (field.value === undefined) return;
  const attempts = field.at('attempts');
  if (attempts.number < 0) attempts.error(`${attempts.number} is below 0`);
  const more = ['perTryTimeout', 'retryOn', 'retryRemoteLocalities'].filter((k) => {
    const value = field.at(k).value;
    return value !== undefined && value !== '';
  });
  if (attempts.number === 0 && more.length > 0)
    attempts.error(
      `${attempts.value === undefined ? 'is missing' : 'is 0'}, which is no retries, and "${more[0]}" is set: say how many`,
    );
  duration(field.at('perTryTimeout'));
  const on = field.at('retryOn');
  if (on.text !== '')
    for (const condition of on.text.split(','))
      if (!RETRY_CONDITIONS.includes(condition) && !isRetryStatus(condition)) on.error(unknown(condition));
  duration(field.at('backoff'));
}

function unknown(condition: string): string {
  const known = RETRY_CONDITIONS.includes(condition.trim()) || isRetryStatus(condition.trim());
  return known
    ? `has "${condition}" with a space, which counts: write "${condition.trim()}"`
    : `has "${condition}", which is no status and none of ${RETRY_CONDITIONS.join(', ')}`;
}
