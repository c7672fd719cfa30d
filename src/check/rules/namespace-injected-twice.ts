import { quoted } from '../../values/names';
import { at } from '../fields';
import type { Rule } from '../rule';

/** Labels of a namespace ask for different ways into the mesh. */
export const namespaceInjectedTwice: Rule = {
  id: 'MESH049',
  name: 'namespace-injected-twice',
  severity: 'warning',
  codes: ['IST0123', 'KIA1311', 'KIA1316'],
  summary: 'a namespace asks for several ways into the mesh',
  why: '`istio-injection` goes before `istio.io/rev`, so the revision is not used; a pod with a sidecar is not taken into ambient mode. Source: pkg/kube/inject/webhook.go.',
  remedy: 'Keep one of the labels.',
  *check(mesh) {
    for (const c of mesh.of('Namespace')) {
      if (c.name === 'istio-system') continue;
      const labels = c.manifest.labels;
      const injection = labels['istio-injection'];
      const said = [
        'istio-injection',
        ...(injection === undefined || injection === 'enabled' ? ['istio.io/rev', 'istio.io/dataplane-mode'] : []),
      ].filter((l) => labels[l] !== undefined);
      if (said.length > 1)
        yield {
          at: at(c, 'metadata', 'labels', said[1]!),
          codes: ['IST0123', ...(injection && labels['istio.io/dataplane-mode'] === 'ambient' ? ['KIA1311', 'KIA1316'] : [])],
          message: `namespace "${c.name}" has ${quoted(said.map((l) => `${l}=${labels[l]}`))}, and only one of them can hold`,
        };
    }
  },
};
