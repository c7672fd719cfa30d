import { fieldText, placeText } from '../manifests/manifest';
import { objectText, type Ref } from '../model/config';
import { answer, clusterAnswer } from './answer';
import type { Trace } from './flow';
import { shareText } from './fraction';
import type { Hop } from './hops';
import type { Outcome } from './outcome';

/** A trace as data: what each proxy does, each step with its place, and how the request ends. */
export function traceJson(t: Trace): Record<string, unknown> {
  return {
    client: t.client.name,
    request: t.request,
    ...(t.past ? { past: refJson(t.past) } : {}),
    ...(t.datagrams ? { datagrams: true } : {}),
    ...(t.outbound ? { outbound: outcomeJson(t.outbound) } : {}),
    ...(t.clusters.length > 0 ? { clusters: Object.fromEntries(t.clusters.map((c) => [c.name, clusterAnswer(c)])) } : {}),
    arrivals: t.arrivals.map((a) => ({
      cluster: a.cluster,
      to: a.endpoint.workload ? `${a.endpoint.workload.namespace}/${a.endpoint.workload.config.name}` : a.endpoint.address,
      port: a.endpoint.port,
      mutualTls: a.mutualTls,
      ...(a.past ? { past: refJson(a.past) } : {}),
      ...(a.outcome ? { inbound: outcomeJson(a.outcome) } : {}),
    })),
    ...(t.unknown.length > 0
      ? { notUnderstood: t.unknown.map((u) => ({ reason: u.reason, ...(u.by ? refJson(u.by) : {}) })) }
      : {}),
    endings: endingsJson(t),
    ...(t.ageDoubts && t.ageDoubts.length > 0
      ? {
          dependsOnAge: t.ageDoubts.map(({ older, younger, otherwise }) => ({
            older: refJson({ manifest: older, path: ['metadata'] }),
            younger: refJson({ manifest: younger, path: ['metadata'] }),
            otherwise: endingsJson(otherwise),
          })),
        }
      : {}),
  };
}

/** Hops as data; one alone is its trace. */
export function hopsJson(all: readonly Hop[], alone: boolean): Record<string, unknown> {
  if (alone) return traceJson(all[0]!.trace);
  return { hops: all.map((h) => ({ ...traceJson(h.trace), share: [h.share.of, h.share.in], lost: h.lost })) };
}

const endingsJson = ({ endings }: Trace) =>
  endings.map(({ share, ...e }) => ({ share: shareText(share), fraction: [share.of, share.in], ...e }));

const outcomeJson = (o: Outcome) => ({
  ...answer(o),
  steps: o.steps.map((s) => ({
    text: s.text,
    ...(s.by ? refJson(s.by) : {}),
    ...(s.passedOver && s.passedOver.length > 0
      ? {
          passedOver: s.passedOver.map((p) => ({
            ...(p.name ? { name: p.name } : {}),
            reason: p.reason,
            ...(p.by ? refJson(p.by) : {}),
          })),
        }
      : {}),
  })),
});

/** A field of an object, with its place and who made it. */
export function refJson({ manifest, path }: Ref): Record<string, unknown> {
  const made = manifest.made?.(path);
  return {
    object: objectText(manifest),
    field: fieldText(path),
    place: placeText(manifest.place(path)),
    ...(made ? { made } : {}),
  };
}
