import { type KeyInText, keysOfText } from '../manifests/keys-of-text';
import type { FieldPath } from '../manifests/manifest';
import { type CheckedMesh, ofMesh } from './checked-mesh';
import { type Fields, MESH_CONFIG } from './mesh-config-fields';
import type { At } from './rule';

/** A key in the text of a MeshConfig, and where a finding about it is. */
export type MeshConfigKey = Pick<KeyInText, 'path' | 'value'> & { readonly at: At };

/** All keys of the MeshConfig that is given: of the file of --mesh-config, else of ConfigMaps "istio" (`data.mesh`). */
export const meshConfigKeys: (mesh: CheckedMesh) => readonly MeshConfigKey[] = ofMesh((mesh) =>
  [...textsOf(mesh)].flatMap(({ text, at }) =>
    keysOfText(text).map(({ path, value, line, column }) => ({ path, value, at: at(line, column) })),
  ),
);

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
export function fieldsAt(path: FieldPath): Fields | undefined {
  let fields: Fields | null | undefined = MESH_CONFIG;
  for (const name of path) if (typeof name === 'string') fields = fields ? fields[camel(name)] : undefined;
  return fields ?? undefined;
}

/** Fields may be written as protobuf has them, too: `default_config`. */
export const camel = (name: string): string =>
  name === 'mesh_mTLS' ? 'meshMTLS' : name.replace(/_(.)/g, (_, c) => c.toUpperCase());
