import { type Config, selects } from '../../model/config';
import type { Workload } from '../../model/workload';
import { type CheckedMesh, ofMesh } from '../checked-mesh';
import { filed, selectorText } from '../fields';
import { items, texts } from '../items';
import { namespaceLabels } from '../namespaces';
import { podLabelsPath } from '../pods';
import { principalOf } from '../principal';
import type { Found, Rule } from '../rule';

/** An AuthorizationPolicy or a route names a caller whose pods have no proxy: to say who they are, or to follow the route. */
export const callerWithoutProxy: Rule = {
  id: 'MESH167',
  name: 'caller-without-proxy',
  severity: 'error',
  codes: [],
  summary: 'an AuthorizationPolicy or a route names a caller whose pods have no proxy',
  why: "A caller's account and namespace are known from the certificate that its proxy shows. Pods without a proxy, and outside ambient mode, show none: where the workload takes mutual TLS alone (STRICT) their connections are closed (503, or reset), and where it takes plaintext, too, they are nobody, whom an ALLOW rule for them does not let in (403) and a DENY rule does not keep out. Routes of the mesh are followed by the caller's own proxy: a rule with source labels or a source namespace is for nobody where none of these pods has one. Whether pods get a proxy is said by the labels of their Namespace and template; where the Namespace is not among the manifests, they are taken to have one. Source: pkg/kube/inject/inject.go; pilot/pkg/security/authz/matcher.",
  remedy:
    'Let the caller have a proxy: `istio-injection: enabled` on its Namespace, and no `sidecar.istio.io/inject: "false"` on its pods.',
  *check(mesh) {
    for (const config of mesh.model.of('AuthorizationPolicy')) {
      const action = config.spec.action ?? 'ALLOW';
      if (action !== 'ALLOW' && action !== 'DENY') continue;
      for (const { at, what, callers } of named(mesh, config)) {
        const [first] = callers;
        // policy-selects-no-pod tells of those that guard nothing
        if (!first || callers.some(isKnown) || guardsNothing(mesh, config)) continue;
        const { manifest } = first.config;
        yield {
          at,
          message: `the pods of ${what} have no proxy, so nobody knows that it is them: ${action === 'ALLOW' ? 'they are not let in' : 'they are not kept out'}`,
          hint: wayIn(mesh, first),
          related: [{ at: { manifest, path: podLabelsPath(manifest) }, message: 'pods without a proxy' }],
          ...(action === 'DENY' ? { severity: 'warning' as const } : {}),
        };
      }
    }
    for (const config of mesh.model.of('VirtualService'))
      for (const { at, what, callers } of routed(mesh, config)) {
        const [first] = callers;
        if (!first || callers.some(isKnown)) continue;
        const { manifest } = first.config;
        yield {
          at,
          severity: 'warning',
          message: `the pods ${what} have no proxy that would follow a route, so this is for nobody`,
          hint: wayIn(mesh, first),
          related: [{ at: { manifest, path: podLabelsPath(manifest) }, message: 'pods without a proxy' }],
        };
      }
  },
};

/** Whether no pod with a proxy is there that would ask who calls. */
function guardsNothing(mesh: CheckedMesh, { spec, namespace }: Config): boolean {
  const labels = spec.selector?.matchLabels;
  const all =
    namespace === mesh.model.mesh.rootNamespace ? mesh.model.workloads : (callersOf(mesh).byNamespace.get(namespace) ?? []);
  return !all.some((w) => selects(labels, w.labels) && isKnown(w));
}

const INJECT = 'sidecar.istio.io/inject';

/** Whether a proxy, which may be written itself, or ztunnel shows who they are. */
const isKnown = (w: Workload): boolean =>
  w.hasSidecar ||
  w.labels['istio.io/dataplane-mode'] === 'ambient' ||
  items(templateOf(w).spec?.containers).some(([, c]) => c.name === 'istio-proxy');

/** What is written that keeps the proxy away. */
function wayIn(mesh: CheckedMesh, w: Workload): string {
  const asked = namespaceLabels(mesh, w.namespace);
  const inMesh = asked['istio-injection'] === 'enabled' || asked['istio.io/rev'] !== undefined;
  const own = templateOf(w).metadata ?? {};
  const off = [own.labels?.[INJECT], own.annotations?.[INJECT]].includes('false');
  return [
    ...(inMesh ? [] : [`label Namespace "${w.namespace}" "istio-injection: enabled"`]),
    ...(off ? [`take "${INJECT}" away from the pods`] : []),
  ].join(', and ');
}

const templateOf = ({ config: { manifest, spec } }: Workload): any =>
  (manifest.kind === 'Pod' ? manifest.object : manifest.kind === 'CronJob' ? spec.jobTemplate?.spec?.template : spec.template) ??
  {};

interface Named {
  readonly at: Found['at'];
  readonly what: string;
  readonly callers: readonly Workload[];
}

/** The callers that a policy names one by one. */
function* named(mesh: CheckedMesh, { spec, namespace, manifest }: Config): Iterable<Named> {
  const { byAccount, byNamespace } = callersOf(mesh);
  const ofAccount = (account: string | undefined): Pick<Named, 'what' | 'callers'> => ({
    what: `service account "${account}"`,
    callers: byAccount.get(account ?? '') ?? [],
  });
  const ofPrincipal = (text: string) => ofAccount(principalOf(mesh.model.mesh, text));
  for (const [i, rule] of items(spec.rules)) {
    for (const [j, { source }] of items(rule.from)) {
      const path = ['spec', 'rules', i, 'from', j, 'source'];
      for (const [k, text] of texts(source?.principals))
        yield { at: { manifest, path: [...path, 'principals', k] }, ...ofPrincipal(text) };
      for (const [k, text] of texts(source?.serviceAccounts))
        yield {
          at: { manifest, path: [...path, 'serviceAccounts', k] },
          ...ofAccount(text.includes('/') ? text : `${namespace}/${text}`),
        };
      for (const [k, text] of texts(source?.namespaces))
        yield {
          at: { manifest, path: [...path, 'namespaces', k] },
          what: `namespace "${text}"`,
          callers: byNamespace.get(text) ?? [],
        };
    }
    for (const [j, when] of items(rule.when))
      if (when.key === 'source.principal')
        for (const [k, text] of texts(when.values))
          yield { at: { manifest, path: ['spec', 'rules', i, 'when', j, 'values', k] }, ...ofPrincipal(text) };
  }
}

/**
 * The callers that matches of a VirtualService are for, where it is for sidecars alone: which pods stand behind a gateway may
 * be known elsewhere.
 */
function* routed(mesh: CheckedMesh, { spec, manifest, namespace }: Config): Iterable<Named> {
  if (texts(spec.hosts).length === 0 || texts(spec.gateways).some(([, g]) => g !== 'mesh')) return;
  const exportTo = texts(spec.exportTo).map(([, e]) => (e === '.' ? namespace : e));
  for (const kind of ['http', 'tls', 'tcp'] as const)
    for (const [i, rule] of items(spec[kind]))
      for (const [j, match] of items(rule.match)) {
        const labels: Record<string, string> = match.sourceLabels ?? {};
        const from: string | undefined = match.sourceNamespace || undefined;
        const hasLabels = Object.keys(labels).length > 0;
        if ((!hasLabels && !from) || texts(match.gateways).length > 0) continue;
        const { all, byNamespace } = callersOf(mesh);
        const callers = (from ? (byNamespace.get(from) ?? []) : all).filter(
          (w) => selects(labels, w.labels) && (exportTo.length === 0 || exportTo.includes('*') || exportTo.includes(w.namespace)),
        );
        yield {
          at: { manifest, path: ['spec', kind, i, 'match', j, hasLabels ? 'sourceLabels' : 'sourceNamespace'] },
          what: `${hasLabels ? `with "${selectorText(labels)}"` : ''}${hasLabels && from ? ' ' : ''}${from ? `of namespace "${from}"` : ''}`,
          callers,
        };
      }
}

const callersOf = ofMesh((mesh) => {
  const all: Workload[] = [];
  const byAccount = new Map<string, Workload[]>();
  const byNamespace = new Map<string, Workload[]>();
  for (const w of mesh.model.workloads) {
    if (w.kind !== 'Pod') continue;
    all.push(w);
    filed(byAccount, `${w.namespace}/${w.serviceAccount}`, w);
    filed(byNamespace, w.namespace, w);
  }
  return { all, byAccount, byNamespace };
});
