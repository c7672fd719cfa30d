import { keyOf } from '../../model/config';
import { isHttpServer } from '../../model/gateway-servers';
import { commonHosts, hostsForNamespace } from '../../model/host';
import type { VirtualService } from '../../model/virtual-service';
import { apart } from '../../routing/apart';
import { disjoint, implies } from '../../routing/match';
import { type BoundMatch, boundMatches, ruleText } from '../bound-matches';
import type { CheckedMesh } from '../checked-mesh';
import { filed } from '../fields';
import { gatewayPods, gatewaysOf, serversFor } from '../gateway-bindings';
import { PathIndex } from '../path-index';
import type { Found, Rule } from '../rule';

/** Pairs of matches of a host beyond which they are not compared, which is told. */
const MOST = 250_000;

/** With so many others one VirtualService is told: where hundreds overlap, all pairs would say nothing more. */
const MOST_OF_ONE = 3;

/** Rules of several VirtualServices at a gateway that accept the same requests. */
export const orderDependsOnAge: Rule = {
  id: 'MESH123',
  name: 'order-depends-on-age',
  severity: 'warning',
  codes: [],
  summary: 'which of two VirtualServices decides at a gateway depends on which is older',
  why: 'VirtualServices for one host at a gateway become one list of rules: those of the oldest come first, and rules that take everything last of all. Where rules of two accept the same requests, the one of the older object decides; when it is deleted and made anew, the other does. Source: pilot/pkg/networking/core/gateway.go, buildGatewayHTTPRouteConfig; route.go, SortVHostRoutes; istio/istio#22997.',
  remedy:
    'Write the rules that overlap in one VirtualService, in the order that is meant, or let one delegate to the others; or let their matches exclude each other.',
  *check(mesh) {
    const told = new Set<string>();
    for (const [host, sides] of sharedHosts(mesh)) {
      const list = [...sides.values()];
      if (list.length < 2) continue;
      const name = host.split(' ')[2]!;
      const index = new PathIndex(list.flatMap((side) => side.matches.map((m) => ({ path: m.match.path, of: { side, m } }))));
      if (index.pairs > MOST) {
        yield {
          at: { manifest: list[0]!.vs.config.manifest, path: ['spec', 'hosts'] },
          severity: 'info',
          message: `${list.length} VirtualServices are about "${name}" at this gateway, with too many rules that no path tells apart: whether the answer depends on their ages was not looked at`,
        };
        continue;
      }
      const times = new Map<Side, number>();
      const place = new Map(list.map((side, i) => [side, i]));
      for (const [i, a] of list.entries()) {
        for (const [b, pairs] of rivals(a, index, (side) => place.get(side)! > i)) {
          const key = `${keyOf(a.vs.config)} ${keyOf(b.vs.config)}`;
          if (told.has(key) || agesKnown(a.vs, b.vs) || (times.get(b) ?? 0) >= MOST_OF_ONE) continue;
          const found = contested(pairs, a.vs, name);
          if (!found) continue;
          told.add(key);
          times.set(b, (times.get(b) ?? 0) + 1);
          yield found;
        }
      }
    }
  },
};

type Pair = readonly [BoundMatch, BoundMatch];

/** The matches of a VirtualService with those of later ones that their paths do not exclude, by VirtualService. */
function rivals(
  a: Side,
  index: PathIndex<{ readonly side: Side; readonly m: BoundMatch }>,
  isLater: (side: Side) => boolean,
): Map<Side, Pair[]> {
  const out = new Map<Side, Pair[]>();
  for (const x of a.matches) for (const { side, m } of index.meeting(x.match.path)) if (isLater(side)) filed(out, side, [x, m]);
  return out;
}

/** The VirtualServices of each host that one gateway's pods answer for on a port, oldest first. */
function sharedHosts(mesh: CheckedMesh): Map<string, Map<VirtualService, Side>> {
  const proxies = new Map<unknown, number>();
  const pods = gatewayPods(mesh);
  const out = new Map<string, Map<VirtualService, Side>>();
  for (const vs of mesh.model.virtualServices)
    for (const name of vs.gateways) {
      const g = gatewaysOf(mesh).get(name);
      if (!g || vs.http.length === 0) continue;
      const { proxy } = pods.get(name)!;
      if (!proxies.has(proxy)) proxies.set(proxy, proxies.size);
      let side: Side | undefined;
      for (const s of serversFor(g, vs)) {
        if (!isHttpServer(s)) continue;
        for (const h of commonHosts(hostsForNamespace(s.hosts, vs.namespace), vs.hosts)) {
          const key = `${proxies.get(proxy)} ${s.routeName} ${h.toLowerCase()}`;
          const sides = out.get(key) ?? new Map<VirtualService, Side>();
          out.set(key, sides);
          side ??= { vs, matches: boundMatches(vs, name) };
          if (!sides.has(vs)) sides.set(vs, side);
        }
      }
    }
  return out;
}

const agesKnown = (a: VirtualService, b: VirtualService) =>
  a.config.manifest.created !== undefined && b.config.manifest.created !== undefined && a.config.created !== b.config.created;

interface Side {
  readonly vs: VirtualService;
  readonly matches: readonly BoundMatch[];
}

/** What takes everything goes last, whoever wrote it. */
const isAll = (m: BoundMatch) => m.claims.length === 0 && Object.keys(m.match).length === 0;

function contested(pairs: readonly Pair[], other: VirtualService, host: string): Found | undefined {
  let overlap: Pair | undefined;
  for (const [x, y] of pairs) {
    if (isAll(x) !== isAll(y) || sameEffect(x, y) || disjoint(x.match, y.match) || apart(x.match, y.match)) continue;
    if (implies(x.match, y.match) || implies(y.match, x.match)) return foundOf(x, y, other, host, 'warning');
    overlap ??= [x, y];
  }
  return overlap && foundOf(...overlap, other, host, 'info');
}

function foundOf(x: BoundMatch, y: BoundMatch, other: VirtualService, host: string, severity: 'warning' | 'info'): Found {
  const theirs = `${ruleText(x.entry.rule, x.by.path)} of VirtualService "${keyOf(other.config)}"`;
  return {
    at: y.by,
    severity,
    message: isAll(y)
      ? `both this and ${theirs} take all other requests for "${host}": the one of the older object decides, and the other never does`
      : `this and ${theirs} ${severity === 'info' ? 'have requests in common' : 'accept the same requests'} for "${host}": the one of the older object decides`,
    hint: 'write both in one VirtualService, in the order that is meant',
    related: [{ at: x.by, message: 'the other rule' }],
  };
}

const ACTION = [
  'route',
  'redirect',
  'directResponse',
  'rewrite',
  'headers',
  'fault',
  'timeout',
  'retries',
  'mirror',
  'mirrors',
  'corsPolicy',
];

const sameEffect = (x: BoundMatch, y: BoundMatch): boolean =>
  ACTION.every((f) => JSON.stringify(x.entry.rule[f]) === JSON.stringify(y.entry.rule[f]));
