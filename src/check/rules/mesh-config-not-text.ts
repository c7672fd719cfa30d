import { fieldText } from '../../manifests/manifest';
import { camel, fieldsAt, meshConfigKeys } from '../mesh-config-keys';
import type { Rule } from '../rule';

/** Fields that hold texts by names of the user's own. */
const TEXTS = ['proxyMetadata', 'runtimeValues'];

/** A value that has to be text is a flag or a number, as YAML reads it without quotes. */
export const meshConfigNotText: Rule = {
  id: 'MESH252',
  name: 'mesh-config-not-text',
  severity: 'error',
  codes: [],
  summary: 'a value of proxyMetadata or runtimeValues in MeshConfig is a flag or a number, not text',
  why: 'These fields hold texts, and YAML reads `true`, `yes` or `1` without quotes as a flag or a number. istiod then leaves out the whole MeshConfig, with a line in its log: one that runs goes on with what it had, and one that starts has defaults. Looked at are the ConfigMap "istio" (`data.mesh`) and the file of --mesh-config. Source: pkg/config/mesh/meshwatcher/collection.go; istio.io/api, mesh/v1alpha1/proxy.proto (`map<string, string>`).',
  remedy: 'Put the value in quotes.',
  *check(mesh) {
    for (const { path, value, at } of meshConfigKeys(mesh)) {
      if (typeof value !== 'boolean' && typeof value !== 'number' && value !== null) continue;
      const field = camel(String(path.at(-2)));
      const message = fieldsAt(path.slice(0, -2));
      if (!TEXTS.includes(field) || !message || !Object.hasOwn(message, field)) continue;
      const kind = value === null ? 'nothing' : `the ${typeof value === 'number' ? 'number' : 'flag'} ${value}`;
      yield {
        at,
        message: `"${fieldText(path)}" of MeshConfig is ${kind}, and has to be text: istiod leaves out the whole MeshConfig`,
        hint: `write ${path.at(-1)}: "${value ?? ''}"`,
      };
    }
  },
};
