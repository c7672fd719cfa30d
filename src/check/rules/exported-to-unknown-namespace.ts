import type { Ref } from '../../model/config';
import { candidates } from '../hints';
import { texts } from '../items';
import { namespacesOf, userNamespaces } from '../namespaces';
import type { Rule } from '../rule';

const KINDS = ['VirtualService', 'DestinationRule', 'ServiceEntry'];
const ANNOTATION = 'networking.istio.io/exportTo';

/** An object is exported to a namespace that is not there. */
export const exportedToUnknownNamespace: Rule = {
  id: 'MESH070',
  name: 'exported-to-unknown-namespace',
  severity: 'warning',
  codes: ['KIA0005'],
  summary: 'an object is exported to a namespace that is not there',
  why: 'istiod keeps the object for that namespace, so nobody uses it from there, and those who were meant may not see it. Kiali calls it an error; a namespace of another repository is right, so it is a warning here. Source: pilot/pkg/model/push_context.go.',
  remedy: 'Name a namespace that is there, "." for the own one, or "*" for all.',
  *check(mesh) {
    const namespaces = namespacesOf(mesh);
    const said = (at: Ref, name: string) =>
      name === '' || name === '.' || name === '*' || name === '~' || namespaces.has(name)
        ? []
        : [
            {
              at,
              message: `${at.manifest.kind} is exported to namespace "${name}", which is not there`,
              hint: candidates(name, userNamespaces(mesh)),
            },
          ];
    for (const kind of KINDS)
      for (const { spec, manifest } of mesh.of(kind))
        for (const [i, name] of texts(spec.exportTo)) yield* said({ manifest, path: ['spec', 'exportTo', i] }, name);
    for (const { manifest } of mesh.of('Service')) {
      const names = manifest.annotations[ANNOTATION];
      if (typeof names !== 'string') continue;
      for (const name of names.split(',')) yield* said({ manifest, path: ['metadata', 'annotations', ANNOTATION] }, name.trim());
    }
  },
};
