import { keysOfText } from '../../manifests/keys-of-text';
import { fieldText } from '../../manifests/manifest';
import { didYouMean } from '../../values/names';
import type { CheckedMesh } from '../checked-mesh';
import { type Fields, MESH_CONFIG } from '../mesh-config-fields';
import type { At, Rule } from '../rule';

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
    for (const { text, at } of textsOf(mesh)) {
      for (const { path, line, column } of keysOfText(text)) {
        const name = String(path.at(-1));
        const siblings = fieldsAt(path.slice(0, -1).filter((k) => typeof k === 'string'));
        if (!siblings || Object.hasOwn(siblings, camel(name))) continue;
        yield {
          at: at(line, column),
          message: `MeshConfig has no field "${fieldText(path)}", and istiod leaves it out`,
          hint: hintFor(name, siblings),
        };
      }
    }
  },
};

interface Text {
  readonly text: string;
  at(line: number, column: number): At;
}

function* textsOf(mesh: CheckedMesh): Iterable<Text> {
  const given = mesh.meshConfigFile;
  if (given) {
    yield { text: given.text, at: (line, column) => ({ place: given.place(line, column) }) };
    return;
  }
  for (const { manifest } of mesh.of('ConfigMap')) {
    const text = manifest.name === 'istio' ? manifest.object.data?.mesh : undefined;
    if (typeof text === 'string') yield { text, at: (line) => ({ manifest, path: ['data', 'mesh'], line: line - 1 }) };
  }
}

/** The fields that a message has, by the way there from MeshConfig; nothing where they are not known. */
function fieldsAt(path: readonly string[]): Fields | undefined {
  let fields: Fields | null | undefined = MESH_CONFIG;
  for (const name of path) fields = fields ? fields[camel(name)] : undefined;
  return fields ?? undefined;
}

/** Fields may be written as protobuf has them, too: `default_config`. */
const camel = (name: string): string => (name === 'mesh_mTLS' ? 'meshMTLS' : name.replace(/_(.)/g, (_, c) => c.toUpperCase()));

function hintFor(name: string, siblings: Fields): string {
  const near = didYouMean(name, Object.keys(siblings)).replace(/^ \(|\)$/g, '');
  if (near) return near;
  const same = Object.keys(siblings).find((s) => s.toLowerCase() === camel(name).toLowerCase());
  if (same) return `did you mean "${same}"?`;
  const inside = Object.entries(siblings).find(([, fields]) => fields && Object.hasOwn(fields, camel(name)));
  if (inside) return `it is a field of "${inside[0]}"`;
  return Object.hasOwn(MESH_CONFIG, camel(name)) ? 'it is a field of MeshConfig itself' : '';
}
