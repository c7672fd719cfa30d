import { keyOf } from '../../model/config';
import type { VirtualService } from '../../model/virtual-service';
import { apart } from '../../routing/apart';
import { disjoint, implies } from '../../routing/match';
import { type BoundMatch, boundMatches, ruleText } from '../bound-matches';
import { gatewayPods, gatewayProxies } from '../gateway-bindings';
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
    const pods = gatewayPods(mesh);
    const told = new Set<string>();
    for (const proxy of gatewayProxies(mesh))
      for (const table of proxy.gateways.tables.values())
        for (const host of table.hosts) {
          const all = [...new Set(host.routes.flatMap((r) => r.virtualService ?? []))];
          if (all.length < 2 || host.routes.length > MOST) continue;
          const lists = all.map((vs) => {
            const gateway = vs.gateways.find((g) => pods.get(g)?.proxy === proxy);
            return { vs, matches: gateway === undefined ? [] : boundMatches(vs, gateway) };
          });
          for (const [i, a] of lists.entries())
            for (const b of lists.slice(i + 1)) {
              const key = `${keyOf(a.vs.config)} ${keyOf(b.vs.config)}`;
              if (told.has(key) || agesKnown(a.vs, b.vs)) continue;
              const found = contested(a, b, host.domains[0]!);
              if (!found) continue;
              told.add(key);
              yield found;
            }
        }
  },
};

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
