import type { Manifest } from '../../manifests/manifest';
import { MeshModel } from '../../model/mesh-model';
import { authorize, firstMet } from '../../trace/authorize';
import { rulesOf } from '../facts/authorization-rules';
import { list } from '../facts/references';
import type { Place } from './places';
import { type Sample, takes } from './policy-samples';
import type { Caller } from './requesters';
import { asking, trustDomainsOf } from './requests';

/** What pods answer; `asked` where a provider outside is asked, and taken to let in. */
export type Answer = 'admitted' | 'asked' | 'refused' | 'broken';

/** Whether somebody gets in. */
export const isLetIn = (a: Answer | undefined): boolean => a === 'admitted' || a === 'asked';

/** What says which TLS clients and servers speak. */
export const isTls = (m: Manifest): boolean => m.kind === 'PeerAuthentication' || m.kind === 'DestinationRule';

/** What pods answer to a caller's request. */
export type Answering = (c: Caller, s: Sample) => Answer;

/** What some pods answer in a state of what decides. */
export function answering(
  { namespace, labels, services, isBare }: Place,
  all: readonly Manifest[],
  root: string,
  domain: string,
): Answering {
  const model = new MeshModel(all, { meshConfig: { rootNamespace: root }, clusterDomain: domain });
  const policies = model.policies.authorizing(namespace, labels);
  const custom = policies.find((p) => p.action === 'CUSTOM');
  const taken = model.policies.tokenRules(namespace, labels).map(({ rule }) => takes(rule));
  const trust = trustDomainsOf(all.flatMap((m) => (m.kind === 'AuthorizationPolicy' ? rulesOf(m) : [])));
  /** Whether a caller's requests come by mutual TLS; nothing for another TLS than the mesh's. */
  const speaks = (c: Caller, target: number): boolean | undefined => {
    if (c.account === undefined) return false;
    const [service] = services.all.filter((s) => s.ports.some((p) => p.target === target));
    const rule = service && model.rules.of(c.namespace, c.labels, service);
    const port = service?.ports.find((p) => p.target === target)?.port;
    const tls =
      list(rule?.trafficPolicy?.portLevelSettings).find((s) => s.port?.number === port)?.tls ?? rule?.trafficPolicy?.tls;
    if (tls) return (tls.mode ?? 'DISABLE') === 'DISABLE' ? false : tls.mode === 'ISTIO_MUTUAL' ? true : undefined;
    if (isBare || model.peers.ofNamespace(namespace) === 'DISABLE') return false;
    return model.peers.ofWorkload(namespace, labels, target).mode !== 'DISABLE';
  };
  return (caller, sample) => {
    const isMutual = speaks(caller, sample.port);
    if (isBare) return isMutual === false ? 'admitted' : 'broken';
    const { mode } = model.peers.ofWorkload(namespace, labels, sample.port);
    if (isMutual === undefined || mode === (isMutual ? 'DISABLE' : 'STRICT')) return 'broken';
    const subject = asking(caller, sample, isMutual, taken.length > 0, trust);
    if (sample.token && taken.length > 0 && !taken.includes(sample.token.jwt)) return 'refused';
    if (authorize(policies, subject)?.allowed === false) return 'refused';
    return custom && firstMet(custom.policies, subject, 'DENY') ? 'asked' : 'admitted';
  };
}
