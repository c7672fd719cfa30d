import { fieldText, placeText } from '../manifests/manifest';
import { objectText, type Ref } from '../model/config';
import { answer } from './answer';
import type { Trace } from './flow';
import { shareText } from './fraction';
import type { Outcome } from './outcome';

/** A trace as data: what each proxy does, each step with its place, and how the request ends. */
export function traceJson(t: Trace): Record<string, unknown> {
  return {
    client: t.client.name,
    request: t.request,
    ...(t.outbound ? { outbound: outcomeJson(t.outbound) } : {}),
    arrivals: t.arrivals.map((a) => ({
      cluster: a.cluster,
      to: a.endpoint.workload ? `${a.endpoint.workload.namespace}/${a.endpoint.workload.config.name}` : a.endpoint.address,
      port: a.endpoint.port,
      mutualTls: a.mutualTls,
      ...(a.outcome ? { inbound: outcomeJson(a.outcome) } : {}),
    })),
    ...(t.unknown.length > 0
      ? { notUnderstood: t.unknown.map((u) => ({ reason: u.reason, ...(u.by ? refJson(u.by) : {}) })) }
      : {}),
    endings: t.endings.map(({ share, ...e }) => ({ share: shareText(share), fraction: [share.of, share.in], ...e })),
  };
}

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
