import type { Cluster } from '../../../src/model/cluster';
import type { MeshModel } from '../../../src/model/mesh-model';
import type { ProxyView } from '../../../src/model/proxy';
import type { Outcome, Step } from '../../../src/trace/outcome';
import type { OracleRequest } from '../oracle';
import type { RandomCase } from './world';

/** A request and what became of it. */
export interface Asked {
  readonly c: RandomCase;
  readonly request: OracleRequest;
  readonly outcome: Outcome;
  readonly model: MeshModel;
  readonly proxy: ProxyView;
}

const count = (list: unknown) => (Array.isArray(list) ? list.length : Object.keys(list ?? {}).length);
const wild = (h: string) => h.startsWith('*');

/** The step that says which rule decided. */
const decision = ({ outcome }: Asked): Step | undefined => outcome.steps.findLast((s) => s.by && s.by.path[0] === 'spec');
/** The rule that decided, and the match of it; the match of a delegate's object alone. */
const ruleOf = (a: Asked): any => {
  const by = decision(a)?.by;
  return by && ['http', 'tls', 'tcp'].includes(String(by.path[1]))
    ? by.manifest.object.spec[by.path[1]!]?.[by.path[2]!]
    : undefined;
};
const matchOf = (a: Asked): any => {
  const by = decision(a)?.by;
  return by && by.path[3] === 'match' ? ruleOf(a)?.match?.[by.path[4]!] : undefined;
};
const virtualService = (a: Asked) => {
  const [, namespace, name] = a.outcome.config?.split('/') ?? [];
  return a.model.virtualServices.find((v) => v.namespace === namespace && v.name === name);
};
const isInbound = (a: Asked) => a.request.inbound === true;
const isGateway = (a: Asked) => a.c.client.kind === 'gateway';
const isSidecar = (a: Asked) => !isGateway(a) && !isInbound(a);
const isHttp = (a: Asked) => a.outcome.vhost !== undefined;
const clusters = (a: Asked): Cluster[] => (a.outcome.destinations ?? []).flatMap((d) => a.proxy.cluster(d.cluster) ?? []);
const fromDelegate = (a: Asked) => {
  const by = decision(a)?.by;
  return (
    by !== undefined && a.outcome.config !== undefined && by.manifest.kind === 'VirtualService' && !by.manifest.object.spec.hosts
  );
};
const passedOver = (a: Asked) => a.outcome.steps.flatMap((s) => s.passedOver ?? []);
const reasons = (a: Asked, pattern: RegExp) => passedOver(a).some((p) => pattern.test(p.reason));
const objects = (a: Asked, kind: string): any[] => a.c.objects.filter((o) => o.kind === kind);
const policies = (a: Asked): any[] => (isInbound(a) ? objects(a, 'AuthorizationPolicy') : []);
const shares = (a: Asked): any[] => (a.outcome.config ? (ruleOf(a)?.route ?? []) : []);
const says = (a: Asked, ...fields: string[]) => {
  const rule = ruleOf(a);
  return a.outcome.config !== undefined && rule !== undefined && fields.some((f) => rule[f] !== undefined);
};

/** The delegate's rule as it is merged into its root. */
const merged = (a: Asked): any => {
  const by = decision(a)?.by;
  return virtualService(a)?.http.find((h) => h.from.manifest === by?.manifest && h.path[2] === by?.path[2])?.rule;
};

/**
 * By row, whether it took part in an answer: read off the outcome, the rule that it names and what was passed over. It is an
 * approximation from above for rows about the absence of something (41, 47, 49), and from below for rows that work while
 * tables are built (7, 32, 43), of which only what the case holds is seen.
 */
export const ROWS: Readonly<Record<number, (a: Asked) => boolean>> = {
  1: (a) => shares(a).some((s) => !s.destination.host.includes('.')),
  2: (a) => isGateway(a) && (virtualService(a)?.config.spec.gateways ?? []).some((g: string) => !g.includes('/') && g !== 'mesh'),
  3: fromDelegate,
  4: (a) => fromDelegate(a) && count(merged(a)?.match) > 0,
  5: (a) => count(virtualService(a)?.dropped) > 0,
  6: (a) =>
    fromDelegate(a) && ['timeout', 'headers', 'retries', 'corsPolicy', 'fault'].some((f) => merged(a)?.[f] !== ruleOf(a)?.[f]),
  7: (a) => {
    const own = virtualService(a);
    return own !== undefined && a.model.virtualServices.some((v) => v !== own && v.hosts.some((h) => own.hosts.includes(h)));
  },
  8: (a) => isSidecar(a) && count(a.proxy.scope.sidecar?.spec.egress) > 0,
  9: (a) => isSidecar(a) && objects(a, 'Sidecar').length > 0,
  10: (a) => isSidecar(a) && isHttp(a) && a.outcome.routeName !== 'allow_any' && a.outcome.routeName !== 'block_all',
  11: (a) => reasons(a, /a proxy obeys the oldest alone/),
  12: (a) => shares(a).some((s) => !s.destination.port),
  13: (a) => isSidecar(a) && isHttp(a) && clusters(a).some((k) => k.service && !a.request.host.startsWith(k.service.host)),
  14: isHttp,
  15: (a) =>
    (a.outcome.destinations ?? []).some((d) => /^(Passthrough|BlackHole)/.test(d.cluster)) || a.outcome.routeName === 'block_all',
  16: (a) => a.outcome.config !== undefined && passedOver(a).length > 0,
  17: (a) =>
    reasons(a, /^(port|gateways|sourceLabels|sourceNamespace) /) ||
    ['port', 'gateways', 'sourceLabels', 'sourceNamespace'].some((f) => matchOf(a)?.[f]),
  18: (a) => matchOf(a)?.uri !== undefined || reasons(a, /^path /),
  19: (a) => count(matchOf(a)?.headers) + count(matchOf(a)?.withoutHeaders) > 0 || reasons(a, /^header /),
  20: (a) => count(matchOf(a)?.queryParams) > 0 || reasons(a, /^query /),
  21: (a) => shares(a).length > 1 || shares(a).some((s) => s.weight !== undefined),
  22: (a) => says(a, 'timeout'),
  23: (a) => says(a, 'retries') || (isHttp(a) && !isInbound(a) && a.c.meshConfig.defaultHttpRetryPolicy !== undefined),
  24: (a) => !isInbound(a) && a.outcome.routeName === 'default' && a.outcome.config === undefined,
  25: (a) => says(a, 'rewrite'),
  26: (a) => says(a, 'headers') || shares(a).some((s) => s.headers),
  27: (a) => a.outcome.fault !== undefined,
  28: (a) => a.outcome.mirrors !== undefined,
  29: (a) => a.outcome.action === 'redirect',
  30: (a) => a.outcome.cors !== undefined && a.request.headers?.origin !== undefined,
  31: isGateway,
  32: (a) => {
    const ports = objects(a, 'Gateway').flatMap((g) => g.spec.servers.map((s: any) => s.port.number));
    return isGateway(a) && ports.filter((p) => p === a.request.port).length > 1;
  },
  33: (a) => isGateway(a) && a.outcome.config !== undefined,
  34: (a) => isGateway(a) && ['noRoute', 'noVirtualHost'].includes(a.outcome.action),
  35: (a) => a.outcome.action === 'httpsRedirect',
  36: (a) => isGateway(a) && a.outcome.config !== undefined && matchOf(a)?.port === undefined,
  37: (a) => isGateway(a) && a.outcome.action === 'l4',
  38: (a) => isSidecar(a) && a.outcome.action === 'l4' && a.request.tls === true,
  39: (a) => isSidecar(a) && a.outcome.action === 'l4' && a.request.tls !== true,
  40: (a) => clusters(a).some((k) => k.service?.ports.some((p) => p.port === a.request.port && p.protocol !== 'HTTP')),
  41: (a) => clusters(a).some((k) => k.rule),
  42: (a) => clusters(a).some((k) => count(k.rule?.from) > 1),
  43: (a) =>
    clusters(a).some((k) => k.service && a.model.rules.candidates(a.c.client.namespace, k.service).some((r) => r.selector)),
  44: (a) => clusters(a).some((k) => k.rule?.trafficPolicy && (k.rule.trafficPolicy.portLevelSettings || k.subset)),
  45: (a) => (a.outcome.destinations ?? []).some((d) => /NC|UH/.test(d.flags ?? '')),
  46: (a) => clusters(a).some((k) => k.tls),
  47: (a) => clusters(a).some((k) => k.service) && objects(a, 'PeerAuthentication').length > 0,
  48: (a) => isInbound(a) && a.outcome.steps[0]?.by !== undefined,
  49: (a) => policies(a).length > 0,
  50: (a) => new Set(policies(a).map((p) => p.spec.action ?? 'ALLOW')).size > 1,
  51: (a) =>
    policies(a).some(
      (p) => !(p.spec.rules?.length > 0) || p.spec.rules.some((r: any) => count(r) === 0) || p.metadata.annotations,
    ),
  52: (a) => isInbound(a) && decision(a)?.by?.manifest.kind === 'AuthorizationPolicy',
  53: (a) =>
    policies(a).length > 0 && /"[^"]*\*[^"]*"|\{\*/.test(JSON.stringify(policies(a).map((p) => p.spec.rules))) && isHttp(a),
  54: (a) => policies(a).length > 0 && !isHttp(a),
  55: (a) => isInbound(a) && isHttp(a) && objects(a, 'RequestAuthentication').length > 0,
  56: (a) => (virtualService(a)?.hosts ?? []).some(wild) || clusters(a).some((k) => k.rule && wild(k.rule.host)),
};
