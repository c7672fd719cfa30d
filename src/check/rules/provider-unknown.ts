import type { FieldPath } from '../../manifests/manifest';
import type { Config } from '../../model/config';
import type { CheckedMesh } from '../checked-mesh';
import { at } from '../fields';
import { candidates } from '../hints';
import { items, textOf } from '../items';
import type { Rule } from '../rule';

/** Those that every mesh has. Source: pkg/config/mesh/mesh.go, DefaultMeshConfig. */
const BUILT_IN = ['prometheus', 'stackdriver', 'envoy'];

/** A provider that MeshConfig does not have. */
export const providerUnknown: Rule = {
  id: 'MESH182',
  name: 'provider-unknown',
  severity: 'error',
  codes: [],
  summary: 'a policy or a Telemetry names a provider that MeshConfig does not have',
  why: 'Providers are `extensionProviders` of MeshConfig, besides "prometheus", "stackdriver" and "envoy", which are there always. An AuthorizationPolicy of action CUSTOM whose provider is not there denies every request that its rules accept; a Telemetry without its provider writes no logs, spans or metrics, in silence, and is a warning. Where no MeshConfig is given (`--mesh-config`, or the ConfigMap "istio" among the manifests) it is an info. Source: pilot/pkg/security/authz/builder, extauthz.go; pilot/pkg/model/telemetry.go.',
  remedy: 'Add the provider to extensionProviders of MeshConfig, or name one that is there.',
  *check(mesh) {
    const given = Object.keys(mesh.meshConfig).length > 0;
    const known = [...BUILT_IN, ...items(mesh.meshConfig.extensionProviders).flatMap(([, p]) => textOf(p.name) ?? [])];
    for (const { config, path, name } of named(mesh)) {
      if (known.includes(name)) continue;
      const custom = config.manifest.kind === 'AuthorizationPolicy';
      const what = custom ? 'every request that the rules accept is denied' : 'nothing is written';
      yield {
        at: at(config, ...path),
        ...(given ? (custom ? {} : { severity: 'warning' as const }) : { severity: 'info' as const }),
        message: given
          ? `MeshConfig has no provider "${name}": ${what}`
          : `MeshConfig is not among the manifests; where it has no provider "${name}", ${what}`,
        hint: given ? candidates(name, known) : 'give it with --mesh-config',
      };
    }
  },
};

interface Named {
  readonly config: Config;
  readonly path: FieldPath;
  readonly name: string;
}

function* named(mesh: CheckedMesh): Iterable<Named> {
  for (const config of mesh.of('AuthorizationPolicy')) {
    const name = config.spec.action === 'CUSTOM' ? textOf(config.spec.provider?.name) : undefined;
    if (name) yield { config, path: ['spec', 'provider', 'name'], name };
  }
  for (const config of mesh.of('Telemetry'))
    for (const field of ['accessLogging', 'tracing', 'metrics'])
      for (const [i, entry] of items(config.spec[field]))
        for (const [j, provider] of items(entry.providers)) {
          const name = textOf(provider.name);
          if (name) yield { config, path: ['spec', field, i, 'providers', j, 'name'], name };
        }
}
