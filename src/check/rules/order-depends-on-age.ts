import { keyOf } from '../../model/config';
import { isHttpServer } from '../../model/gateway-servers';
import { commonHosts, hostsForNamespace } from '../../model/host';
import type { VirtualService } from '../../model/virtual-service';
import { apart } from '../../routing/apart';
import { disjoint, implies } from '../../routing/match';
import { type BoundMatch, boundMatches, ruleText } from '../bound-matches';
import type { CheckedMesh } from '../checked-mesh';
import { gatewayPods, gatewaysOf, serversFor } from '../gateway-bindings';
import type { Found, Rule } from '../rule';

/** Matches of a host beyond which they are not compared one with another. */
const MOST = 300;

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
      if (list.length < 2 || list.reduce((n, s) => n + s.matches.length, 0) > MOST) continue;
      for (const [i, a] of list.entries())
        for (const b of list.slice(i + 1)) {
          const key = `${keyOf(a.vs.config)} ${keyOf(b.vs.config)}`;
          if (told.has(key) || agesKnown(a.vs, b.vs)) continue;
          const found = contested(a, b, host.split(' ')[2]!);
          if (!found) continue;
          told.add(key);
          yield found;
        }
    }
  },
};

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

function contested(a: Side, b: Side, host: string): Found | undefined {
  let overlap: readonly [BoundMatch, BoundMatch] | undefined;
  for (const x of a.matches)
    for (const y of b.matches) {
      if (isAll(x) !== isAll(y) || sameEffect(x, y) || disjoint(x.match, y.match) || apart(x.match, y.match)) continue;
      if (implies(x.match, y.match) || implies(y.match, x.match)) return foundOf(x, y, a.vs, host, 'warning');
      overlap ??= [x, y];
    }
  return overlap && foundOf(...overlap, a.vs, host, 'info');
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
