import type { Config } from '../../model/config';
import type { CheckedMesh } from '../checked-mesh';
import { at, selectorText } from '../fields';
import { candidates } from '../hints';
import { items, texts } from '../items';
import { namespacesOf, userNamespaces } from '../namespaces';
import { podsIn, selectedPods } from '../pods';
import type { Found, Rule } from '../rule';

/** A rule for callers that no workload is. */
export const sourceNotFound: Rule = {
  id: 'MESH185',
  name: 'source-not-found',
  severity: 'warning',
  codes: [],
  summary: 'a rule of a VirtualService is for callers that are not there',
  why: 'sourceLabels and sourceNamespace are compared with the labels and the namespace of the calling pod: where no pod has them, the rule decides for nobody. Where the manifests hold no Namespace, callers may be elsewhere, and it is an info. Source: pilot/pkg/networking/core/route/route.go, sourceMatchHTTP.',
  remedy: 'Write labels that the template of the callers has, or their namespace.',
  *check(mesh) {
    const elsewhere = mesh.of('Namespace').length === 0 ? { severity: 'info' as const } : {};
    for (const c of mesh.of('VirtualService')) for (const found of unmet(mesh, c)) yield { ...found, ...elsewhere };
  },
};

function* unmet(mesh: CheckedMesh, c: Config): Iterable<Found> {
  for (const kind of ['http', 'tls', 'tcp'] as const)
    for (const [i, rule] of items(c.spec[kind]))
      for (const [j, match] of items(rule.match)) {
        // names of gateways make the sources count for nothing
        if (texts(match.gateways).length > 0) continue;
        const path = ['spec', kind, i, 'match', j];
        const from: string | undefined = match.sourceNamespace || undefined;
        if (from && !namespacesOf(mesh).has(from)) {
          yield {
            at: at(c, ...path, 'sourceNamespace'),
            message: `there is no namespace "${from}", so the rule decides for nobody`,
            hint: candidates(from, userNamespaces(mesh)),
          };
          continue;
        }
        const labels: Record<string, string> = match.sourceLabels ?? {};
        const where = from ?? '*';
        if (Object.keys(labels).length === 0 || podsIn(mesh, where).length === 0) continue;
        if (selectedPods(mesh, where, labels).length > 0) continue;
        yield {
          at: at(c, ...path, 'sourceLabels'),
          message: `no pod ${from ? `of namespace "${from}"` : 'of the mesh'} has "${selectorText(labels)}", so the rule decides for nobody`,
          hint: hintOf(mesh, where, labels),
        };
      }
}

/** What pods have for the first label that none of them has so. */
function hintOf(mesh: CheckedMesh, where: string, labels: Readonly<Record<string, string>>): string {
  for (const [key, value] of Object.entries(labels))
    if (selectedPods(mesh, where, { [key]: value }).length === 0) {
      const values = podsIn(mesh, where).flatMap((p) => p.labels[key] ?? []);
      return values.length > 0
        ? `of "${key}" ${candidates(value, values)}`
        : candidates(
            key,
            podsIn(mesh, where).flatMap((p) => Object.keys(p.labels)),
          );
    }
  return '';
}
