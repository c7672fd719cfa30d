const UNITS: Record<string, number> = { ns: 1e-6, us: 1e-3, µs: 1e-3, μs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Durations that are kept: those of a mesh are few, and each is asked for by several. */
const KEPT = 1_000;
const known = new Map<string, number | undefined>();

/** A Go duration (`1m30s`, `2.5s`) in milliseconds, below zero too; nothing where it is none. Source: Go's time.ParseDuration. */
export function goMillis(text: string): number | undefined {
  const kept = known.get(text);
  if (kept !== undefined) return kept;
  const ms = parsed(text);
  if (known.size >= KEPT) known.clear();
  known.set(text, ms);
  return ms;
}

function parsed(text: string): number | undefined {
  const [, sign, rest] = /^([+-]?)(.*)$/s.exec(text)!;
  if (rest === '0') return 0;
  const parts = [...rest!.matchAll(/(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g)];
  if (parts.length === 0 || parts.map((p) => p[0]).join('') !== rest) return undefined;
  const ms = Math.round(parts.reduce((n, p) => n + Number(p[1]) * UNITS[p[2]!]!, 0) * 1e6) / 1e6;
  return sign === '-' ? -ms : ms;
}
