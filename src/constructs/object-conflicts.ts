import { ApiObject, App, YamlOutputType } from 'cdk8s';
import type { Construct } from 'constructs';
import { Mesh } from './mesh';

/** All objects below a construct, in tree order. */
export const objectsOf = (scope: Construct): ApiObject[] =>
  scope.node.findAll().filter((c): c is ApiObject => c instanceof ApiObject);

/**
 * Objects of one app that would undo each other, in the cluster or in the files.
 * @param own whether a VirtualService is what a table compiled to
 */
export function objectConflicts(root: Construct, own: (o: ApiObject) => boolean): string[] {
  const objects = objectsOf(root);
  const routes = objects.filter((o) => o.kind === 'VirtualService' && o.apiGroup === 'networking.istio.io');
  return [...sameNames(objects), ...sameFiles(root, objects), ...(routes.every(own) ? [] : sameHosts(root, routes, own))];
}

/** Two objects of one kind, namespace and name: the later would overwrite the earlier in the cluster. */
function sameNames(objects: readonly ApiObject[]): string[] {
  return twice(objects, (o) => [`${o.apiGroup}/${o.kind} ${o.metadata.namespace ?? ''}/${o.name}`]).map(
    ([a, b]) =>
      `${b.kind} "${b.name}" in namespace "${b.metadata.namespace ?? ''}" is made twice: at "${a.node.path}" and at "${b.node.path}"`,
  );
}

/** cdk8s names a file a resource by kind and name alone: of two namespaces' equal names the first would be lost. */
function sameFiles(root: Construct, objects: readonly ApiObject[]): string[] {
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
      `"${a.node.path}" and "${b.node.path}" would both be written to "${file(b)}${root.outputFileExtension}", and the later would overwrite the earlier: use FILE_PER_CHART, or other names`,
  );
}

/**
 * A VirtualService beside the one that a table compiles to: for a host in the mesh istiod obeys the oldest alone, at a
 * gateway it strings them together by age. Neither is what either of them says.
 */
function sameHosts(root: Construct, routes: readonly ApiObject[], own: (o: ApiObject) => boolean): string[] {
  const mesh = Mesh.of(root);
  const pairs = twice(routes, (o) => claims(o, mesh)).filter(([a, b]) => own(a) || own(b));
  return pairs.map(([a, b, claim]) => {
    const [ours, other] = own(a) ? [a, b] : [b, a];
    return `"${other.node.path}" is a VirtualService for ${claim}, beside "${ours.node.path}": Istio obeys the older alone, or both by age; leave it out, and say its routes with the construct's own rules (routeTo, answer, CanaryRelease …) or with customize()`;
  });
}

/** What a VirtualService is about: `http of host "a" in the mesh`. */
function claims(o: ApiObject, mesh: Mesh): string[] {
  const { spec = {} } = o.toJson();
  const sections = ['http', 'tls', 'tcp'].filter((s) => spec[s]);
  const bindings: string[] = spec.gateways ?? ['mesh'];
  const full = (host: string) => (host.includes('.') || host === '*' ? host : mesh.fqdn(host, o.metadata.namespace ?? 'default'));
  const where = (g: string) =>
    g === 'mesh' ? 'in the mesh' : `at gateway "${g.includes('/') ? g : `${o.metadata.namespace ?? 'default'}/${g}`}"`;
  return ((spec.hosts ?? []) as string[]).flatMap((h) =>
    bindings.flatMap((g) => sections.map((s) => `${s} of host "${full(h)}" ${where(g)}`)),
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
