type Match = Readonly<Record<string, any>>;
type Rule = Readonly<Record<string, any>>;

const INHERITED = [
  'rewrite',
  'directResponse',
  'timeout',
  'retries',
  'fault',
  'mirror',
  'mirrorPercent',
  'mirror_percent',
  'mirrorPercentage',
  'corsPolicy',
  'mirrors',
  'headers',
];

/**
 * A delegate's rule below the root's: it has the matches of both, and what it does not say itself comes from the root.
 * Nothing where a match contradicts. Source: pilot/pkg/model/virtualservice.go, mergeHTTPRoute.
 */
export function mergeDelegate(root: Rule, leaf: Rule): Rule | undefined {
  const match = mergeMatches(root.match ?? [], leaf.match ?? []);
  if (!match) return undefined;
  const out: Record<string, any> = { ...leaf, match };
  const name = joined(root.name, leaf.name);
  if (name) out.name = name;
  for (const field of INHERITED) if (out[field] === undefined && root[field] !== undefined) out[field] = root[field];
  return out;
}

function joined(root: string | undefined, leaf: string | undefined): string | undefined {
  return leaf ? (root ? `${root}-${leaf}` : leaf) : root;
}

function mergeMatches(root: readonly Match[], leaf: readonly Match[]): readonly Match[] | undefined {
  if (root.length === 0) return leaf;
  if (leaf.length === 0) return root;
  const out: Match[] = [];
  for (const l of leaf) {
    const fitting = root.filter((r) => !contradicts(r, l));
    if (fitting.length === 0) return undefined;
    for (const r of fitting) out.push(mergeMatch(r, l));
  }
  return out;
}

function mergeMatch(root: Match, leaf: Match): Match {
  const out: Record<string, any> = { ...leaf };
  const name = joined(root.name, leaf.name);
  if (name) out.name = name;
  for (const field of ['uri', 'scheme', 'method', 'authority', 'port', 'sourceNamespace', 'statPrefix'])
    if (!out[field] && root[field]) out[field] = root[field];
  for (const field of ['headers', 'withoutHeaders', 'queryParams', 'sourceLabels'])
    if (root[field] || leaf[field]) out[field] = { ...root[field], ...leaf[field] };
  if (!(out.gateways?.length > 0) && root.gateways) out.gateways = root.gateways;
  return out;
}

/** Source: virtualservice.go, hasConflict. */
function contradicts(root: Match, leaf: Match): boolean {
  for (const field of ['uri', 'scheme', 'method', 'authority']) if (textContradicts(root[field], leaf[field])) return true;
  for (const field of ['headers', 'withoutHeaders', 'queryParams'])
    for (const key of Object.keys(leaf[field] ?? {})) if (textContradicts(root[field]?.[key], leaf[field][key])) return true;
  if (Boolean(root.ignoreUriCase) !== Boolean(leaf.ignoreUriCase)) return true;
  if (root.port && leaf.port && root.port !== leaf.port) return true;
  if (root.sourceNamespace && leaf.sourceNamespace !== root.sourceNamespace) return true;
  for (const [key, value] of Object.entries(leaf.sourceLabels ?? {})) {
    const other = root.sourceLabels?.[key];
    if (other !== undefined && other !== value) return true;
  }
  const [rg, lg]: string[][] = [root.gateways ?? [], leaf.gateways ?? []];
  return rg!.length > 0 && lg!.length > 0 && (rg!.length < lg!.length || lg!.some((g) => !rg!.includes(g)));
}

/** Source: virtualservice.go, stringMatchConflict. */
function textContradicts(root: any, leaf: any): boolean {
  if (!root || !leaf) return false;
  const any = (m: any) => Boolean(m.regex || m.prefix || m.exact);
  if (root.regex && any(leaf)) return true;
  if (leaf.regex && any(root)) return true;
  if (root.exact) return Boolean(leaf.prefix) || (leaf.exact ?? '') !== root.exact;
  if (root.prefix) {
    if (leaf.prefix) return !leaf.prefix.startsWith(root.prefix);
    if (leaf.exact) return !leaf.exact.startsWith(root.prefix);
  }
  return true;
}
