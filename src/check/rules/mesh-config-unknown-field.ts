import { fieldText } from '../../manifests/manifest';
import { didYouMean } from '../../values/names';
import { type Fields, MESH_CONFIG } from '../mesh-config-fields';
import { camel, fieldsAt, meshConfigKeys } from '../mesh-config-keys';
import type { Rule } from '../rule';

/** MeshConfig has a field that Istio does not know. */
export const meshConfigUnknownField: Rule = {
  id: 'MESH213',
  name: 'mesh-config-unknown-field',
  severity: 'warning',
  codes: [],
  summary: 'MeshConfig has a field that Istio does not know',
  why: 'istiod leaves out what it does not know of MeshConfig, in silence: with a misspelt `outboundTrafficPolicy` everything may be called still, with a misspelt `enableAutoMtls` or `accessLogFile` the default holds. Looked at are the ConfigMap "istio" (`data.mesh`) and the file of --mesh-config. Source: pkg/config/mesh/mesh.go, ApplyMeshConfig; istio.io/api, mesh/v1alpha1/config.proto and proxy.proto.',
  remedy: 'Write the field as the reference of MeshConfig has it, at its level; take out what is of another version.',
  *check(mesh) {
    for (const { path, at } of meshConfigKeys(mesh)) {
      const name = String(path.at(-1));
      const siblings = fieldsAt(path.slice(0, -1));
      if (!siblings || Object.hasOwn(siblings, camel(name))) continue;
      yield {
        at,
        message: `MeshConfig has no field "${fieldText(path)}", and istiod leaves it out`,
        hint: hintFor(name, siblings),
      };
    }
  },
};

function hintFor(name: string, siblings: Fields): string {
  const near = didYouMean(name, Object.keys(siblings)).replace(/^ \(|\)$/g, '');
  if (near) return near;
  const same = Object.keys(siblings).find((s) => s.toLowerCase() === camel(name).toLowerCase());
  if (same) return `did you mean "${same}"?`;
  const inside = Object.entries(siblings).find(([, fields]) => fields && Object.hasOwn(fields, camel(name)));
  if (inside) return `it is a field of "${inside[0]}"`;
  return Object.hasOwn(MESH_CONFIG, camel(name)) ? 'it is a field of MeshConfig itself' : '';
}
