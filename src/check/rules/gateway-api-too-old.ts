import { at } from '../fields';
import type { Rule } from '../rule';

const VERSION = 'gateway.networking.k8s.io/bundle-version';
/** Versions from which on this Istio reads the kind. Source: pkg/config/schema/gatewayapi/minimumversions.go. */
const MINIMUM: Readonly<Record<string, readonly [number, number, number]>> = {
  'grpcroutes.gateway.networking.k8s.io': [1, 1, 0],
  'backendtlspolicies.gateway.networking.k8s.io': [1, 4, 0],
  'tlsroutes.gateway.networking.k8s.io': [1, 5, 0],
  'tcproutes.gateway.networking.k8s.io': [1, 6, 0],
};

/** A kind of the Gateway API is of a version that Istio does not read. */
export const gatewayApiTooOld: Rule = {
  id: 'MESH047',
  name: 'gateway-api-too-old',
  severity: 'warning',
  codes: ['IST0176'],
  summary: 'a kind of the Gateway API is older than Istio reads',
  why: 'istiod does not watch the kind, so objects of it do nothing. Source: pkg/config/schema/gatewayapi/minimumversions.go.',
  remedy: 'Install a newer version of the Gateway API.',
  *check(mesh) {
    for (const c of mesh.of('apiextensions.k8s.io/CustomResourceDefinition')) {
      const minimum = Object.hasOwn(MINIMUM, c.name) ? MINIMUM[c.name] : undefined;
      const said = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:[-+].*)?$/.exec(c.manifest.annotations[VERSION] ?? '');
      if (!minimum || !said) continue;
      const given = [1, 2, 3].map((i) => Number(said[i] ?? 0));
      const i = given.findIndex((n, k) => n !== minimum[k]);
      if (i >= 0 && given[i]! < minimum[i]!)
        yield {
          at: at(c, 'metadata', 'annotations', VERSION),
          message: `"${c.name}" is of version "${c.manifest.annotations[VERSION]}", and this Istio reads it from "${minimum.join('.')}" on`,
        };
    }
  },
};
