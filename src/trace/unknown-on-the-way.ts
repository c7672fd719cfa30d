import { type Cluster, clusterParts } from '../model/cluster';
import { type Direction, unknownInterception } from '../model/interception';
import type { MeshModel } from '../model/mesh-model';
import { networkPolicies } from '../model/network-policy';
import { type Unknown, unknownOf } from '../model/not-understood';
import { placesOf } from '../model/places';
import type { Service } from '../model/service';
import type { Workload } from '../model/workload';
import type { Arrival } from './arrival';
import type { Client } from './client';
import { serviceDialled } from './dialled';
import type { Ending } from './ending';
import { kept } from './kept';
import type { Outcome, Step } from './outcome';
import type { TraceRequest } from './request';

/** A gateway whose pods are not here may be somebody else than is taken for granted. */
const ASSUMED: Unknown = {
  by: undefined,
  reason:
    "the gateway's pods are not among these objects, so their identity is taken to be that of istioctl's install; where it is another, say it on the Gateway: mesh.cdk8s.io/gateway-account: namespace/serviceaccount",
};

/**
 * What is not understood at the proxies that a request meets, in one line each.
 * @param to the clusters that the request may go to
 */
export function unknownOnTheWay(
  model: MeshModel,
  client: Client,
  request: TraceRequest,
  to: readonly Cluster[],
  arrivals: readonly Arrival[],
  endings: readonly Ending[] = [],
  outbound?: Outcome,
): readonly Unknown[] {
  const all =
    client.proxy === 'none'
      ? []
      : unknownAt(model, client).filter(
          (u) =>
            !isIdleKey(u, request, outbound?.status) &&
            !(client.proxy === 'sidecar' && isInbound(u)) &&
            !isUnasked(u, outbound?.steps ?? []),
        );
  if (client.workload && leaves(outbound))
    all.push(...besideProxy(model, client.workload, 'outbound', client.proxy === 'sidecar', leadToPods(to)));
  const from = client.workload?.locality;
  for (const c of to) {
    const { service, endpoints } = c;
    if (!service) continue;
    all.push(...unknownOf(service));
    if (from && placesOf(c, from)?.length === 0)
      all.push({
        by: undefined,
        reason: `no endpoint of ${c.name} is in a place where calls from ${from} are sent to, so istiod leaves none, and the proxy answers 503`,
      });
    if (endpoints.length === 0) all.push(...podsElsewhere(model, service));
  }
  for (const { endpoint, outcome } of arrivals)
    if (endpoint.workload)
      all.push(
        ...unknownAt(model, endpoint.workload).filter(
          (u) => !isIdleKey(u, request, outcome?.status) && !isUnasked(u, outcome?.steps ?? []),
        ),
        ...besideProxy(model, endpoint.workload, 'inbound', true),
      );
  const refused = client.assumed && endings.some((e) => e.status === 403) && arrivals.some((a) => a.outcome?.status === 403);
  if (refused) all.unshift(ASSUMED);
  if (all.length === 0) return all;
  const key = (u: Unknown) => `${u.by?.manifest.kind} ${u.by?.manifest.namespace}/${u.by?.manifest.name} ${u.reason}`;
  return [...new Map(all.map((u) => [key(u), u])).values()];
}

/** Whether the client's proxy hands anything on, as far as it has one. */
const leaves = (outbound: Outcome | undefined): boolean =>
  outbound === undefined ||
  ((outbound.action === 'route' || outbound.action === 'l4') &&
    outbound.local !== true &&
    (outbound.destinations ?? []).some((d) => d.cluster !== 'BlackHoleCluster'));

/** A sidecar asks nobody about requests that its own application sends. */
const isInbound = ({ by }: Unknown) => ['AuthorizationPolicy', 'RequestAuthentication'].includes(by?.manifest.kind ?? '');

/** A provider that decides about other requests, or one that istiod does not know. */
const isUnasked = ({ by }: Unknown, steps: readonly Step[]) =>
  by?.path[1] === 'action' && !steps.some((s) => s.assumed && s.by?.manifest === by.manifest);

/** A key that is not here, where no token's signature was looked at. */
function isIdleKey({ by }: Unknown, { headers }: TraceRequest, status: number | 'mixed' | undefined): boolean {
  if (by?.path[1] !== 'jwtRules') return false;
  const rules: readonly any[] = by.manifest.object.spec?.jwtRules ?? [];
  const elsewhere = rules.some((r) => r.fromHeaders || r.fromParams || r.fromCookies);
  return status === 401 || (!elsewhere && headers.authorization === undefined);
}

/** A Service that selects no pod, in a namespace of which no pods are here. */
function podsElsewhere(model: MeshModel, { host, registry, selector, namespace, config }: Service): readonly Unknown[] {
  if (registry !== 'Kubernetes' || Object.keys(selector ?? {}).length === 0) return NOTHING;
  if (model.workloads.some((w) => w.namespace === namespace)) return NOTHING;
  const reason = `no pods of namespace "${namespace}" are among these objects: where those of ${host} are, and who answers, is not known`;
  return [{ by: { manifest: config.manifest, path: ['spec', 'selector'] }, reason }];
}

/** What may lead connections past a pod's proxy, or stop them before it. */
const besideProxy = (
  model: MeshModel,
  w: Workload,
  direction: Direction,
  hasProxy: boolean,
  toPods = false,
): readonly Unknown[] => [
  ...(hasProxy ? unknownInterception(w, direction) : NOTHING),
  ...networkPolicies(model.of('networking.k8s.io/NetworkPolicy'), w, direction, toPods),
];

/** Whether all that a proxy may send a request to are pods. */
const leadToPods = (to: readonly Cluster[]): boolean =>
  to.length > 0 && to.every(({ endpoints }) => endpoints.length > 0 && endpoints.every((e) => e.workload));

const NOTHING: readonly Unknown[] = [];

/** A service of the mesh that is called as if it were none. */
export function passedBy(model: MeshModel, client: Client, request: TraceRequest, o: Outcome): readonly Unknown[] {
  if (!o.destinations?.some((d) => d.cluster === 'PassthroughCluster')) return NOTHING;
  const service = serviceDialled(model, client, request);
  if (service?.registry !== 'Kubernetes') return NOTHING;
  const reason = `${service.host} is not among what the client's proxy is told of at port ${request.port}, by Sidecars, exportTo or its ports: what goes to its address as it is is not followed`;
  return [{ by: { manifest: service.config.manifest, path: ['metadata'] }, reason }];
}

/** A service of a namespace of which nothing is here: that it is not there either is no news. */
export function notAmong(model: MeshModel, { destinations = [] }: Outcome): readonly Unknown[] {
  const hosts = new Set(destinations.map((d) => clusterParts(d.cluster)?.host ?? ''));
  return [...hosts].flatMap((host): Unknown[] => {
    const [, namespace] = /^[^.]+\.([^.]+)\.svc\./.exec(host) ?? [];
    if (namespace === undefined || model.byHost.has(host) || host.slice(-model.mesh.domain.length) !== model.mesh.domain)
      return [];
    const known = model.services.some((s) => s.registry === 'Kubernetes' && s.namespace === namespace);
    if (known || model.workloads.some((w) => w.namespace === namespace)) return [];
    return [
      {
        by: undefined,
        reason: `no Services of namespace "${namespace}" are among these objects: whether ${host} is there, and who answers, is not known`,
      },
    ];
  });
}

const unknownAt = kept((model: MeshModel, whose: Client | Workload) => model.unknownFor(whose));
