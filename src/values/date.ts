import { shown } from './shown';

const DAY = /^(\d{4})-(\d{2})-(\d{2})(T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d))?$/;

/** Whether the text is a day that exists (`2026-12-01`), or a time on one with its zone. JavaScript takes 30 February for 2 March. */
export function isDate(value: unknown): value is string {
  const [, year, month, day] = (typeof value === 'string' && DAY.exec(value)) || [];
  if (year === undefined) return false;
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  return date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
}

/**
 * Throws unless the value is a date.
 * @param what named in the error: `until of "dev1"`
 */
export function checkDate(value: string, what: string): string {
  if (!isDate(value)) throw new Error(`${what} is ${shown(value)}, which is not a date: write it like "2026-12-01"`);
  return value;
}
