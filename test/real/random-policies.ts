import { App, Chart } from 'cdk8s';
import { AccessPolicy, IngressGateway, JwtPolicy, MeshService, Port, path } from '../../src';
import type { OracleRequest } from './oracle';
import { random } from './random-app';
import { jwks, token, WRONG } from './trace/tokens';
import type { RandomCase } from './trace/world';

const [OURS, THEIRS] = ['https://login.example.com', 'https://partner.example.org'];

/** A token as a request shows it. */
interface Shown {
  readonly iss: string;
  /** Signed by its issuer, and for `shop`. */
  readonly right: boolean;
  readonly sub: boolean;
  readonly claims: { readonly groups?: readonly string[]; readonly level?: string };
}

/** A request, and what should become of it. */
export interface Asked {
  readonly request: OracleRequest;
  /** What the constructs of the app mean. */
  readonly status: number;
}

/** An app of policies about users, and requests at its proxies. */
export interface RandomPolicies {
  readonly id: string;
  readonly objects: readonly Record<string, unknown>[];
  readonly at: readonly { readonly client: RandomCase['client']; readonly asked: readonly Asked[] }[];
}

type Claims = Readonly<Record<string, readonly string[]>>;

/** Policies about users at a service and at gateways, and what each request should meet, by the words of their props alone. */
export function randomPolicies(seed: number, requests: number): RandomPolicies {
  const next = random(seed);
  const maybe = (p: number) => next() < p;
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!;
  const some = <T>(list: readonly T[]): T[] => list.filter(() => maybe(0.5));
  const id = `u${seed}`;
  const app = new App();
  const [near, far] = [new Chart(app, 'near', { namespace: `${id}-a` }), new Chart(app, 'far', { namespace: `${id}-b` })];
  const service = (chart: Chart, of: string) =>
    new MeshService(chart, of, { port: Port.http(80, { target: 8080 }), versions: { v1: { image: `${of.toLowerCase()}:1` } } });
  const [page, batch, other, desk] = [
    service(near, 'Page'),
    service(near, 'Batch'),
    service(far, 'Other'),
    service(near, 'Desk'),
  ];
  const callers = [page, batch, other];

  // at the service
  const issuers = maybe(0.5) ? [OURS, THEIRS] : [OURS];
  const missing = pick(['refused', 'accepted'] as const);
  const audiences = ['shop'];
  new JwtPolicy(near, 'DeskUsers', { target: desk, issuers: issuers.map((issuer) => ({ issuer, jwks, audiences })), missing });
  const wanted = (): Claims => ({
    ...(maybe(0.7) ? { groups: pick([['admin'], ['admin', 'owner']]) } : {}),
    ...(maybe(0.4) ? { 'realm.level': ['3'] } : {}),
  });
  const spared = pick([wanted(), { groups: ['admin'] }]);
  const unlessClaims = Object.keys(spared).length > 0 ? spared : undefined;
  const meant = wanted();
  const limits = {
    ...(maybe(0.3) ? { methods: ['POST'] } : {}),
    ...(maybe(0.3) ? { paths: ['/api/*'] } : {}),
    ...(maybe(0.2) && Object.keys(meant).length > 0 ? { claims: meant } : {}),
  };
  const [denied, deniedSpaces] = [[pick(callers)], maybe(0.3) ? [far.namespace!] : []];
  new AccessPolicy(near, 'KeptOut', {
    service: desk,
    deny: denied,
    denyNamespaces: deniedSpaces,
    ...limits,
    ...(unlessClaims ? { unlessClaims } : {}),
  });
  const allowed = maybe(0.5) ? [...new Set([...some(callers), page])] : undefined;
  const allowedClaims = maybe(0.3) ? { groups: ['beta', 'admin'] } : undefined;
  if (allowed)
    new AccessPolicy(near, 'LetIn', { service: desk, allow: allowed, ...(allowedClaims ? { claims: allowedClaims } : {}) });

  // gateways that share the pods of the installation: whose tokens are looked at is so for all of their hosts
  const edges = [
    { of: 'Ours', host: `ours.${id}.example.com`, issuer: OURS, missing: 'refused' as const, open: maybe(0.5) ? ['/open'] : [] },
    {
      of: 'Theirs',
      host: `theirs.${id}.example.com`,
      issuer: THEIRS,
      missing: pick(['refused', 'refused', 'accepted'] as const),
      open: [],
    },
    { of: 'Nobodys', host: `nobodys.${id}.example.com` },
  ];
  for (const e of edges) {
    const gateway = new IngressGateway(near, e.of, { hosts: [e.host] }).route(path.prefix('/'), page as never);
    if (e.issuer)
      new JwtPolicy(near, `${e.of}Users`, {
        target: gateway,
        issuers: [{ issuer: e.issuer, jwks, audiences }],
        missing: e.missing,
        ...(e.open.length > 0 ? { exceptPaths: e.open } : {}),
      });
  }
  const objects = app.charts.flatMap((c) => c.toJson() as Record<string, unknown>[]);

  const shows = (): Shown | undefined =>
    maybe(0.2)
      ? undefined
      : {
          iss: pick([OURS, OURS, THEIRS, THEIRS, 'https://nobody.example.net']),
          right: maybe(0.9),
          sub: maybe(0.9),
          claims: {
            ...(maybe(0.7) ? { groups: pick([['admin'], ['owner', 'beta'], ['beta'], ['administrator']]) } : {}),
            ...(maybe(0.5) ? { level: pick(['3', '33']) } : {}),
          },
        };
  const plain = () => ({ path: pick(['/', '/open', '/api/x', '/api']), method: pick(['GET', 'POST']) });
  const isGood = (t: Shown, known: readonly string[]) => t.right && known.includes(t.iss);
  const atDesk = Array.from({ length: requests }, (): Asked => {
    const [caller, shown, what] = [pick([...callers, undefined]), shows(), plain()];
    const has = (claims: Claims = {}) =>
      Object.entries(claims).every(([key, values]) =>
        (key === 'groups' ? (shown?.claims.groups ?? []) : [shown?.claims.level]).some((v) => values.includes(v as string)),
      );
    const limited =
      (!limits.methods || limits.methods.includes(what.method)) &&
      (!limits.paths || what.path.startsWith('/api/')) &&
      has(limits.claims);
    const isMeant = caller !== undefined && ((denied as unknown[]).includes(caller) || deniedSpaces.includes(caller.namespace));
    const status =
      shown && !isGood(shown, issuers)
        ? 401
        : missing === 'refused' && !shown?.sub
          ? 403
          : isMeant && limited && !(unlessClaims && has(unlessClaims))
            ? 403
            : allowed && !(caller && (allowed as unknown[]).includes(caller) && has(allowedClaims))
              ? 403
              : 200;
    const from = caller ? { principal: caller.principals[0]! } : {};
    return { request: { inbound: true, port: 8080, host: `desk.${id}-a`, ...what, headers: bearing(shown), ...from }, status };
  });
  const atEdge = Array.from({ length: requests }, (): Asked => {
    const [e, shown, what] = [pick(edges), shows(), plain()];
    const status =
      shown && !isGood(shown, [OURS, THEIRS])
        ? 401
        : e.missing === 'refused' && !e.open.some((p) => p === what.path) && !(shown?.sub && shown.iss === e.issuer)
          ? 403
          : 200;
    return { request: { port: 80, host: e.host, ...what, headers: bearing(shown) }, status };
  });
  const labels = { app: 'desk', version: 'v1', 'app.kubernetes.io/name': 'desk', 'app.kubernetes.io/version': 'v1' };
  return {
    id,
    objects,
    at: [
      { client: { kind: 'sidecar', name: 'desk-v1', namespace: `${id}-a`, labels }, asked: atDesk },
      {
        client: { kind: 'gateway', name: 'gateway', namespace: 'istio-system', labels: { istio: 'ingressgateway' } },
        asked: atEdge,
      },
    ],
  };
}

function bearing(shown: Shown | undefined): Record<string, string> {
  if (!shown) return {};
  const { iss, right, sub, claims } = shown;
  const of = {
    iss,
    aud: 'shop',
    ...(sub ? { sub: 'alice' } : {}),
    ...(claims.groups ? { groups: claims.groups } : {}),
    ...(claims.level ? { realm: { level: claims.level } } : {}),
  };
  return { authorization: `Bearer ${right ? token(of) : token(of, WRONG)}` };
}
