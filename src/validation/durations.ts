import { goMillis } from '../values/go-duration';
import type { Field } from './field';

/** In milliseconds; nothing where it is no duration, which the CRD's schema tells. */
export const millisOf = (field: Field): number | undefined =>
  typeof field.value === 'string' ? goMillis(field.value) : undefined;

/** A time of whole milliseconds, at least one, where it is given. Source: agent/validation.go, ValidateDuration. */
export function duration(field: Field): void {
  if (field.value === undefined) return;
  const ms = millisOf(field);
  if (ms === undefined) field.error(`"${field.value}" is no duration: write it like "1.5s", "250ms" or "1m"`);
  else if (ms < 1) field.error(`"${field.value}" is less than "1ms", which is the shortest`);
  else if (!Number.isInteger(ms)) field.error(`"${field.value}" is not in whole milliseconds, which is as exact as it can be`);
}

/** The same, where it may not be left out. */
export function requiredDuration(field: Field): void {
  if (field.value === undefined) field.error('is missing: say a duration, such as "10s"');
  else duration(field);
}
