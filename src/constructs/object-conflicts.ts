import { ApiObject, App, YamlOutputType } from 'cdk8s';
import type { Construct } from 'constructs';
import { Mesh } from './mesh';
import { inWords } from './pod-labels';

/** All objects below a construct, in tree order. */
export const objectsOf = (scope: Construct): ApiObject[] =>
  scope.node.findAll().filter((c): c is ApiObject => c instanceof ApiObject);

/**
 * Objects of one app that would undo each other, in the cluster or in the files: each with the path of the later one in
 * front, and both with their places.
 * @param own whether an object is what a construct of ours made
 * @param source `file:line` of the user's code that an object comes from
 */
export function objectConflicts(
  root: Construct,
  own: (o: ApiObject) => boolean,
  source: (o: ApiObject) => string | undefined,
): string[] {
  const objects = objectsOf(root);
  const at: At = (o) => `"${o.node.path}"${source(o) ? ` (${source(o)})` : ''}`;
  return [...sameNames(objects, at), ...sameFiles(root, objects, at), ...rivals(root, objects, own, at)];
}

/** An object in words. */
type At = (o: ApiObject) => string;

/** Two objects of one kind, namespace and name: the later would overwrite the earlier in the cluster. */
function sameNames(objects: readonly ApiObject[], at: At): string[] {
  return twice(objects, (o) => [`${o.apiGroup}/${o.kind} ${o.metadata.namespace ?? ''}/${o.name}`]).map(
    ([a, b]) =>
      `${b.node.path}: ${b.kind} "${b.name}" in namespace "${b.metadata.namespace ?? ''}" is made twice: at ${at(a)} and at ${at(b)}`,
  );
}

/** cdk8s names a file a resource by kind and name alone: of two namespaces' equal names the first would be lost. */
function sameFiles(root: Construct, objects: readonly ApiObject[], at: At): string[] {
  if (!(root instanceof App)) return [];
  const folder =
    root.yamlOutputType === YamlOutputType.FILE_PER_RESOURCE
      ? () => ''
      : root.yamlOutputType === YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE
        ? (o: ApiObject) => o.chart.node.path
        : undefined;
  if (!folder) return [];
  const file = (o: ApiObject) => `${o.kind}.${o.metadata.name}`.replace(/[^0-9a-zA-Z-_.]/g, '');
  return twice(objects, (o) => [`${folder(o)}/${file(o)}`]).map(
    ([a, b]) =>
      `${b.node.path}: ${at(a)} and ${at(b)} would both be written to "${file(b)}${root.outputFileExtension}", and the later would overwrite the earlier: use FILE_PER_CHART, or other names`,
  );
}

/**
 * Objects beside ours that Istio would choose between, or mix, by age: neither is what either of them says. A narrower one
 * (of another namespace, for some workloads) is nobody's rival.
 * Source: pilot/pkg/model/{push_context,authentication,destination_rule,sidecar,gateway}.go.
 */
function rivals(root: Construct, objects: readonly ApiObject[], own: (o: ApiObject) => boolean, at: At): string[] {
  const istio = objects.filter((o) => RIVALS[o.kind] && /^(networking|security|telemetry)\.istio\.io$/.test(o.apiGroup));
  if (istio.every(own)) return [];
  const mesh = Mesh.of(root);
  const about = (o: ApiObject) => RIVALS[o.kind]!.about(o.toJson().spec ?? {}, o.metadata.namespace ?? 'default', mesh);
  const pairs = twice(istio, (o) => about(o).map((claim) => `${o.kind} for ${claim}`));
  return pairs
    .filter(([a, b]) => own(a) !== own(b))
    .map(([a, b, claim]) => {
      const [ours, other] = own(a) ? [a, b] : [b, a];
      return `${other.node.path}: ${at(other)} is a ${claim}, beside ${at(ours)}: ${RIVALS[other.kind]!.remedy}`;
    });
}

/** By kind: what an object is about, and the way out where ours is about the same. */
const RIVALS: Readonly<
  Record<string, { about(spec: any, namespace: string, mesh: Mesh): readonly string[]; readonly remedy: string }>
> = {
  VirtualService: {
    about: virtualServiceClaims,
    remedy:
      "Istio obeys the older alone, or both by age; leave it out, and say its routes with the construct's own rules (routeTo, answer, CanaryRelease …) or with customize()",
  },
  DestinationRule: {
    about: (spec, namespace, mesh) => [
      `host "${full(spec.host ?? '', namespace, mesh)}" in namespace "${namespace}"${workloads(spec.workloadSelector?.matchLabels)}`,
    ],
    remedy:
      'Istio makes one of them, in which the older has the say; leave it out, and say its policy with callPolicy, portPolicy or callPolicyFrom, or with customize()',
  },
  PeerAuthentication: {
    about: (spec, namespace) => [`namespace "${namespace}"${workloads(spec.selector?.matchLabels)}`],
    remedy: 'Istio obeys the older alone; leave it out, and say it with the mtls of SecureNamespace, or with customize()',
  },
  Sidecar: {
    about: (spec, namespace) => [`namespace "${namespace}"${workloads(spec.workloadSelector?.labels)}`],
    remedy: 'Istio obeys the older alone; leave it out, and say what is called with calls, or with customize()',
  },
  Telemetry: {
    about: (spec, namespace) =>
      spec.targetRef || spec.targetRefs?.length > 0 ? [] : [`namespace "${namespace}"${workloads(spec.selector?.matchLabels)}`],
    remedy: 'Istio obeys the older alone; leave it out, and say it with Observability, or with customize()',
  },
  Gateway: {
    about: (spec, _namespace, mesh) =>
      ((spec.servers ?? []) as any[]).flatMap((s) =>
        ((s.hosts ?? []) as string[]).map(
          (h) => `host "${full(h.replace(/^.*\//, ''), '', mesh)}" at port ${s.port?.number}${workloads(spec.selector)}`,
        ),
      ),
    remedy:
      'of two certificates for one name one is served, and routes are strung together by age; leave it out, and say its routes with IngressGateway',
  },
};

const workloads = (labels: Readonly<Record<string, string>> | undefined) =>
  labels && Object.keys(labels).length > 0 ? ` and workloads with ${inWords(labels)}` : '';

const full = (host: string, namespace: string, mesh: Mesh) =>
  host.includes('.') || host === '*' ? host : mesh.fqdn(host, namespace);

/** `http of host "a" in the mesh`. */
function virtualServiceClaims(spec: any, namespace: string, mesh: Mesh): string[] {
  const sections = ['http', 'tls', 'tcp'].filter((s) => spec[s]);
  const bindings: string[] = spec.gateways ?? ['mesh'];
  const where = (g: string) => (g === 'mesh' ? 'in the mesh' : `at gateway "${g.includes('/') ? g : `${namespace}/${g}`}"`);
  return ((spec.hosts ?? []) as string[]).flatMap((h) =>
    bindings.flatMap((g) => sections.map((s) => `${s} of host "${full(h, namespace, mesh)}" ${where(g)}`)),
  );
}

/** Pairs that share a key, the earlier first. */
function twice(objects: readonly ApiObject[], keysOf: (o: ApiObject) => readonly string[]): [ApiObject, ApiObject, string][] {
  const seen = new Map<string, ApiObject>();
  const found: [ApiObject, ApiObject, string][] = [];
  for (const o of objects) {
    for (const key of keysOf(o)) {
      const other = seen.get(key);
      if (other) found.push([other, o, key]);
      else seen.set(key, o);
    }
  }
  return found;
}
