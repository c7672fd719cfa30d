import { quoted } from './names';

/** A field of a schedule: what it counts, its numbers, and names that stand for them. */
interface Field {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly names?: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** Source: github.com/robfig/cron/v3, parser.go and spec.go, by which Kubernetes reads a CronJob's schedule. */
const FIELDS: readonly Field[] = [
  { name: 'minute', from: 0, to: 59 },
  { name: 'hour', from: 0, to: 23 },
  { name: 'day', from: 1, to: 31 },
  { name: 'month', from: 1, to: 12, names: MONTHS },
  { name: 'day of the week', from: 0, to: 6, names: DAYS },
];

const KNOWN = /^@(yearly|annually|monthly|weekly|daily|midnight|hourly|every (\d+(\.\d+)?(ms|s|m|h))+)$/;

/**
 * A schedule as cron has it, in five fields, or one of cron's words. Kubernetes knows more, such as `?`; what is not known here
 * is a slip more often.
 * @param what named in the error: `schedule of "shop/Report"`
 * @throws for what the API server refuses
 */
export function cronSchedule(schedule: string, what: string): string {
  if (KNOWN.test(schedule)) return schedule;
  const said = schedule.split(/\s+/);
  if (said.length !== FIELDS.length)
    throw new Error(
      `${what} is "${schedule}": it has five fields (minute, hour, day, month, day of the week), such as "0 3 * * *"${/TZ=/.test(schedule) ? '; say the zone with timeZone' : ''}`,
    );
  for (const [i, field] of FIELDS.entries())
    for (const part of said[i]!.split(',')) if (!isPart(part, field)) throw new Error(refusal(schedule, what, said[i]!, field));
  return schedule;
}

function refusal(schedule: string, what: string, text: string, { name, from, to, names }: Field): string {
  const values = names ? `, or ${quoted([names[0]!, names.at(-1)!]).replace(', ', ' to ')}` : '';
  return `${what} is "${schedule}": "${text}" is no ${name}; write numbers from ${from} to ${to}${values}, "*", ranges (2-5), steps (*/2), and "," between them`;
}

function isPart(part: string, field: Field): boolean {
  const [, range, step] = /^([^/]+)(?:\/(\d+))?$/.exec(part) ?? [];
  if (range === undefined || Number(step ?? 1) < 1) return false;
  if (range === '*') return true;
  const [low, high, ...more] = range.split('-').map((v) => numberOf(v, field));
  if (more.length > 0 || low === undefined) return false;
  return !range.includes('-') || (high !== undefined && low <= high);
}

function numberOf(text: string, { from, to, names = [] }: Field): number | undefined {
  const named = names.indexOf(text.toLowerCase());
  if (named >= 0) return named + from;
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return number >= from && number <= to ? number : undefined;
}
