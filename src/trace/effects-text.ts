import type { FieldPath } from '../manifests/manifest';
import { type Cluster, clusterParts } from '../model/cluster';
import type { Ref } from '../model/config';
import { type Place, placesOf } from '../model/places';
import type { Cors } from '../model/route';
import type { Trace } from './flow';
import type { Destination, Outcome } from './outcome';

/** What happens to a request besides where it goes, in words. */
export interface Effect {
  readonly text: string;
  readonly by?: Ref | undefined;
}

/** All that the client's proxy does with a request on its way, and how destinations are called. */
export function effectsOf({ request, client, outbound: o, clusters }: Trace): readonly Effect[] {
  if (!o) return [];
  const texts: string[] = [];
  if (o.redirect)
    texts.push(
      o.redirect.location === undefined ? 'sent to nowhere: the header location is removed' : `sent to ${o.redirect.location}`,
    );
  if (o.directResponse?.body !== undefined) texts.push(`answered with ${JSON.stringify(o.directResponse.body)}`);
  if (o.timeoutMs) texts.push(`timeout ${o.timeoutMs} ms`);
  if (o.retry) texts.push(retryText(o.retry));
  if (o.fault?.delay) texts.push(`a fault delays ${o.fault.delay.percent} % by ${o.fault.delay.ms} ms`);
  if (o.fault?.abort)
    texts.push(`a fault aborts ${o.fault.abort.percent} % with ${o.fault.abort.status ?? `gRPC status ${o.fault.abort.grpc}`}`);
  if (o.cors) texts.push(corsText(o.cors));
  texts.push(...changesOf(o, request));
  return [
    ...texts.map((text) => ({ text })),
    ...(o.mirrors ?? []).map(({ cluster, percent }, i) => {
      const behind = clusters.find((c) => c.name === cluster);
      const nobody = !behind
        ? ', which is not there'
        : behind.type === 'EDS' && behind.endpoints.length === 0
          ? ', where nobody is'
          : '';
      return { text: `a copy of ${percent} % goes to ${named(cluster)}${nobody}`, by: mirrorOf(o, i) };
    }),
    ...clusters.flatMap(settingsOf),
    ...clusters.flatMap((c) => placesText(c, client.workload?.locality)),
  ];
}

const retryText = ({ attempts, perTryTimeoutMs, retryOn, codes }: NonNullable<Outcome['retry']>) =>
  `${attempts} retries${perTryTimeoutMs ? ` of ${perTryTimeoutMs} ms` : ''} on ${retryOn}${codes ? ` (${codes.join(', ')})` : ''}`;

function corsText({ origins, methods, headers, credentials }: Cors): string {
  const more = [
    ...(methods ? [methods] : []),
    ...(headers ? [`headers ${headers}`] : []),
    ...(credentials ? ['with credentials'] : []),
  ];
  return `CORS for ${origins.map((o) => Object.values(o)[0]).join(', ')}${more.length > 0 ? ` (${more.join('; ')})` : ''}`;
}

/** What destinations get otherwise than it was sent, and the client otherwise than it was answered; once, where it is the same for all. */
function changesOf(o: Outcome, { path, host }: Trace['request']): string[] {
  const own = Object.entries(o.responseHeaders ?? {}).map(([k, v]) => `${k}: ${v}`);
  const of = (d: Destination): string[] => {
    const sent = [
      ...Object.entries(d.requestHeaders ?? {}).map(([k, v]) => `${k}: ${v}`),
      ...(d.requestHeadersRemoved ?? []).map((h) => `no ${h}`),
    ];
    const answered = d.response.map((c) =>
      c.how === 'remove' ? `no ${c.name}` : `${c.name}: ${c.value}${c.how === 'add' ? ' besides' : ''}`,
    );
    return [
      ...(d.path !== undefined && d.path !== path ? [`path becomes ${d.path}`] : []),
      ...(d.host !== undefined && d.host !== host ? [`host becomes ${d.host}`] : []),
      ...(sent.length > 0 ? [`gets ${sent.join(', ')}`] : []),
      ...(answered.length > 0 ? [`answers with ${answered.join(', ')}`] : []),
    ];
  };
  const all = (o.destinations ?? []).map((d) => ({ name: named(d.cluster), texts: of(d) }));
  const same = (text: string) => all.every((d) => d.texts.includes(text));
  const once = [...new Set(all.flatMap((d) => d.texts.filter(same)))];
  const each = all.flatMap((d) => d.texts.filter((text) => !same(text)).map((text) => `${d.name}: ${text}`));
  return [...(own.length > 0 ? [`answers with ${own.join(', ')}`] : []), ...once, ...each];
}

/** The field that asks for a copy, in the rule that decided. */
function mirrorOf({ steps }: Outcome, index: number): Ref | undefined {
  const rule = steps.findLast((s) => s.by)?.by;
  if (!rule) return undefined;
  const at = rule.path.indexOf('match');
  const path: FieldPath = at < 0 ? rule.path : rule.path.slice(0, at);
  const { mirror } = path.reduce<any>((value, name) => value?.[name], rule.manifest.object) ?? {};
  const field = mirror ? (index === 0 ? ['mirror'] : ['mirrors', index - 1]) : ['mirrors', index];
  return { manifest: rule.manifest, path: [...path, ...field] };
}

/** `outbound|9080|v1|reviews.shop.svc.cluster.local` -> `reviews.shop.svc.cluster.local:9080 v1` */
function named(cluster: string): string {
  const p = clusterParts(cluster);
  return p ? `${p.host}:${p.port}${p.subset ? ` ${p.subset}` : ''}` : cluster;
}

/** What a DestinationRule says of how a cluster is called, in Envoy's words, but for Istio's defaults. */
function settingsOf(c: Cluster): Effect[] {
  if (!c.rule) return [];
  const fields = (what: string, o: Readonly<Record<string, unknown>> | undefined) =>
    o
      ? [
          `${what} ${Object.entries(o)
            .map(([k, v]) => `${k} ${typeof v === 'object' ? JSON.stringify(v) : v}`)
            .join(', ')}`,
        ]
      : [];
  const all = [
    ...(c.lb === 'LEAST_REQUEST' ? [] : [`balanced by ${c.lb ?? 'ROUND_ROBIN'}`]),
    ...fields('circuit breaker', c.circuitBreaker),
    ...fields('outlier detection', c.outlier),
  ];
  return all.length > 0 ? [{ text: `${c.name}: ${all.join('; ')}` }] : [];
}

/** Which places a client at another takes first, and by which parts. */
function placesText(c: Cluster, from: string | undefined): Effect[] {
  const places = from ? placesOf(c, from) : undefined;
  if (!places || places.length === 0) return [];
  const ranks = [...new Set(places.map((p) => p.priority))].map((r) => places.filter((p) => p.priority === r));
  const one = (rank: readonly Place[]) => {
    const total = rank.reduce((n, p) => n + p.weight, 0);
    const part = (p: Place) => (rank.length === 1 ? '' : ` ${Math.round((1000 * p.weight) / total) / 10} %`);
    return rank.map((p) => `${p.locality || 'no place'}${part(p)}`).join(' and ');
  };
  return [{ text: `${c.name}: from ${from} to ${ranks.map(one).join('; where these have failed, ')}` }];
}
