import { selects } from '../../src/model/config';
import { bearer } from './example-tokens';
import { isGateway } from './injector';
import type { OracleRequest } from './oracle';
import type { RandomCase } from './trace/world';

/** At most so many requests a pod. */
const MOST = 60;

/** Requests at each pod that an AuthorizationPolicy with rules is about, from each identity of the example, with the tokens that count. */
export function inboundCases(id: string, objects: readonly any[]): RandomCase[] {
  const accounts = objects.filter((o) => o.kind === 'ServiceAccount').map((o) => `${o.metadata.namespace}/sa/${o.metadata.name}`);
  const principals = [...accounts, 'istio-system/sa/istio-ingressgateway-service-account'].map((a) => `cluster.local/ns/${a}`);
  const pods = objects.filter((o) => o.kind === 'Deployment' && !isGateway(o));
  return pods.flatMap((d): RandomCase[] => {
    const { labels } = d.spec.template.metadata;
    const about = (kind: string) =>
      objects.filter(
        (o) => o.kind === kind && o.metadata.namespace === d.metadata.namespace && selects(o.spec?.selector?.matchLabels, labels),
      );
    const service = objects.find(
      (o) => o.kind === 'Service' && o.metadata.namespace === d.metadata.namespace && selects(o.spec.selector, labels),
    );
    const policies = about('AuthorizationPolicy');
    if (!service || !policies.some((p) => p.spec?.rules)) return [];
    const rules: any[] = policies.flatMap((p) => p.spec?.rules ?? []);
    const operations: any[] = rules.flatMap((r) => (r.to ?? []).map((t: any) => t.operation));
    const of = (key: string, also: readonly string[]) => [...new Set([...also, ...operations.flatMap((o) => o[key] ?? [])])];
    const claims = rules.flatMap((r) => (r.when ?? []) as any[]);
    const tokens =
      about('RequestAuthentication').length === 0
        ? [undefined]
        : [undefined, bearer({}), bearer({}, { aud: 'else' }), ...claims.map((w) => bearer({ [claimOf(w.key)]: w.values }))];
    const { port, targetPort } = service.spec.ports[0];
    const requests = [undefined, ...principals].flatMap((principal) =>
      of('paths', ['/']).flatMap((path) =>
        of('methods', ['GET']).flatMap((method) =>
          tokens.map((authorization): OracleRequest => {
            const headers = authorization === undefined ? {} : { authorization };
            const host = `${service.metadata.name}.${service.metadata.namespace}`;
            const from = principal === undefined ? {} : { principal };
            return { inbound: true, port: targetPort ?? port, host, path: path.replace('*', 'x'), method, headers, ...from };
          }),
        ),
      ),
    );
    const step = Math.max(1, requests.length / MOST);
    return [
      {
        id: `${id}-at-${d.metadata.name}`,
        objects,
        meshConfig: {},
        client: { kind: 'sidecar', name: d.metadata.name, namespace: d.metadata.namespace, labels },
        requests: Array.from({ length: Math.min(MOST, requests.length) }, (_, i) => requests[Math.floor(i * step)]!),
      },
    ];
  });
}

/** `request.auth.claims[groups]` -> `groups`. */
const claimOf = (key: string): string => /\[([^\]]+)\]$/.exec(key)?.[1] ?? key;
