import type { Field } from './field';

const TOPOLOGY = ['topology.kubernetes.io/region', 'topology.kubernetes.io/zone', 'topology.istio.io/subzone'];

/** Source: agent/validation.go, ValidateLocalityLbSetting: some faults end it. */
export function localityLb(field: Field, ejects: boolean): void {
  if (field.value === undefined) return;
  const [distribute, failover, priority] = [field.at('distribute'), field.at('failover'), field.at('failoverPriority')];
  if (distribute.given && failover.given) {
    failover.error('stands beside "distribute": take one of the two out');
    return;
  }
  if (failover.given) {
    const topology = [...priority.items()].find((p) => TOPOLOGY.includes(p.text));
    if (topology) {
      topology.error(`"${topology.text}" stands beside "failover", which orders localities already: take one of the two out`);
      return;
    }
  }
  const from: Field[] = [];
  for (const share of distribute.items()) {
    from.push(share.at('from'));
    const to = [...share.at('to').entries()];
    const wrong = to.find((t) => !(t.number > 0 && t.number <= 100));
    if (wrong) {
      wrong.error(`${wrong.number} is no share: it is 1 to 100 percent`);
      return;
    }
    const total = to.reduce((n, t) => n + t.number, 0);
    if (total !== 100) {
      share.at('to').error(`has shares of ${total} percent together: they have to be 100`);
      return;
    }
    localities(to.map((t) => [t, t.key]));
  }
  localities(from.map((f) => [f, f.text]));
  failovers(field, ejects);
}

/** Source: agent/validation.go, ValidateZoneAwareLbSetting. */
export function zoneAwareLb(field: Field, ejects: boolean): void {
  if (field.value === undefined) return;
  for (const p of field.at('failoverPriority').items())
    if (TOPOLOGY.includes(p.text)) p.error(`"${p.text}" is looked at anyway by zone-aware load balancing: take it out`);
  failovers(field, ejects);
}

function failovers(field: Field, ejects: boolean): void {
  const [failover, priority] = [field.at('failover'), field.at('failoverPriority')];
  if ((failover.given || priority.given) && !ejects)
    (failover.given ? failover : priority).warning(
      'never happens without outlierDetection, which finds what has failed: add that',
    );
  for (const f of failover.items()) {
    const [from, to] = [f.at('from'), f.at('to')];
    if (from.text === to.text) f.error(`leads from "${from.text}" to itself: name two regions`);
    for (const region of [from, to])
      if (/[/*]/.test(region.text)) region.error(`"${region.text}" is no region: name one, without a zone and without "*"`);
  }
}

/** `region/zone/subzone`, from the left, of which none may hold another. Source: agent/validation.go, validateLocalities. */
function localities(all: readonly (readonly [Field, string])[]): void {
  const seen: string[][] = [];
  for (const [field, text] of all) {
    const wrong = wrongLocality(text, seen);
    if (wrong === undefined) continue;
    field.error(wrong);
    return;
  }
}

function wrongLocality(text: string, seen: string[][]): string | undefined {
  if (/\*./s.test(text)) return `"${text}" has a "*" that is not at its end`;
  if (seen.some((s) => s.length === 1 && s[0] === '*')) return `"${text}" is within "*", which stands before it`;
  const slash = text.split('/');
  const parts = slash.length > 3 ? [slash[0]!, slash[1]!, slash.slice(2).join('/')] : slash;
  if (parts.includes('')) return `"${text}" has an empty part: write "region", "region/zone" or "region/zone/subzone"`;
  const other = seen.find((s) => overlaps(s, parts));
  seen.push(parts);
  return other ? `"${text}" and "${other.join('/')}" have localities in common` : undefined;
}

/** Whether the earlier one holds the later, or the later one the earlier. A `*` stands for a whole part. */
function overlaps(earlier: readonly string[], later: readonly string[]): boolean {
  const [r, z, s] = earlier;
  const [region, zone, subzone] = later;
  if (r !== region) return false;
  if (later.length === 1 || earlier.length === 1 || z === '*') return true;
  if (z !== zone) return false;
  if (later.length === 2) return true;
  return earlier.length === 2 || s === '*' || s === subzone;
}
