import type { Ref } from '../model/config';
import { canonical } from './canonical';
import type { Aspect } from './changes';
import type { Difference, Found } from './diff';

/** The order in which aspects are told. */
const ORDER: readonly Aspect[] = [
  'objects',
  'ends',
  'mutual TLS',
  'fault',
  'timeout',
  'retries',
  'mirrors',
  'cors',
  'hashing',
  'request',
  'response',
  'destination',
  'may',
];

interface Group {
  readonly first: Found;
  members: Set<string>;
  hosts: Set<string>;
  also: number;
  old: Map<string, Ref>;
  now: Map<string, Ref>;
}

/**
 * Puts differences together that are the same: first for the clients of one request, then for the requests of one host (the
 * plainest stays as the example), then for hosts.
 */
export function grouped(found: readonly Found[], everyone: ReadonlySet<string>): Difference[] {
  const byRequest = merge(found.map(single), (g) => canonical([g.first.aspect, g.first.text, [...g.hosts], g.first.when]));
  const byHost = merge(
    [...byRequest].sort(plainest),
    (g) => canonical([g.first.aspect, g.first.text, [...g.hosts], [...g.members].sort()]),
    true,
  );
  const all = merge(byHost, (g) => canonical([g.first.aspect, g.first.text, g.first.when, [...g.members].sort()]));
  return all
    .sort((a, b) => ORDER.indexOf(a.first.aspect) - ORDER.indexOf(b.first.aspect))
    .map((g) => ({
      aspect: g.first.aspect,
      clients: [...g.members],
      everyClient: g.members.size > 1 && g.members.size === everyone.size,
      hosts: [...g.hosts],
      when: g.first.when,
      alsoWhen: g.also,
      text: g.first.text,
      witness: g.first.aspect === 'may' ? undefined : g.first.witness,
      places: { old: [...g.old.values()], now: [...g.now.values()] },
      ages: [],
    }));
}

const refKey = (r: Ref) => `${r.manifest.kind} ${r.manifest.namespace}/${r.manifest.name} ${r.path.join('.')}`;
const refs = (list: readonly Ref[]) => new Map(list.map((r) => [refKey(r), r]));

const single = (f: Found): Group => ({
  first: f,
  members: new Set(f.members),
  hosts: new Set([f.target]),
  also: 0,
  old: refs(f.old),
  now: refs(f.now),
});

const plainest = (a: Group, b: Group) => a.first.when.length - b.first.when.length;

function merge(groups: readonly Group[], key: (g: Group) => string, requests = false): Group[] {
  const out = new Map<string, Group>();
  for (const g of groups) {
    const k = key(g);
    const known = out.get(k);
    if (!known) {
      out.set(k, g);
      continue;
    }
    for (const m of g.members) known.members.add(m);
    for (const h of g.hosts) known.hosts.add(h);
    if (requests) known.also += 1 + g.also;
    for (const [r, ref] of g.old) known.old.set(r, ref);
    for (const [r, ref] of g.now) known.now.set(r, ref);
  }
  return [...out.values()];
}
