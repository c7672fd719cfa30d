import { at } from '../fields';
import { items } from '../items';
import type { Rule } from '../rule';

/** A field or a kind that Istio is to forget. */
export const deprecatedField: Rule = {
  id: 'MESH060',
  name: 'deprecated-field',
  severity: 'warning',
  codes: ['IST0002'],
  summary: 'a field, a kind or a provider that Istio is to forget, or has forgotten',
  why: 'What is deprecated goes with some version to come; what is said to be ignored does nothing today. Source: analyzers/deprecation/deprecation.go, analyzers/telemetry/lightstep.go.',
  remedy: 'Use what replaces it.',
  *check(mesh) {
    for (const c of mesh.of('VirtualService'))
      for (const [i, { fault }] of items(c.spec.http))
        if (fault?.delay?.percent > 0)
          yield {
            at: at(c, 'spec', 'http', i, 'fault', 'delay', 'percent'),
            message: '"fault.delay.percent" is deprecated',
            hint: `write "percentage: { value: ${fault.delay.percent} }"`,
          };
    for (const c of mesh.of('Sidecar'))
      if (c.spec.outboundTrafficPolicy?.egressProxy)
        yield {
          at: at(c, 'spec', 'outboundTrafficPolicy', 'egressProxy'),
          message: '"outboundTrafficPolicy.egressProxy" does nothing',
        };
    for (const c of mesh.of('apiextensions.k8s.io/CustomResourceDefinition'))
      if (
        c.spec.group === 'rbac.istio.io' &&
        ['ClusterRbacConfig', 'RbacConfig', 'ServiceRole', 'ServiceRoleBinding'].includes(c.spec.names?.kind)
      )
        yield {
          at: at(c, 'spec', 'names', 'kind'),
          message: `"${c.spec.names.kind}" of rbac.istio.io is no longer there`,
          hint: 'use AuthorizationPolicy',
        };
    const lightstep = new Set(
      [...items(mesh.meshConfig.extensionProviders)].filter(([, p]) => p.lightstep).map(([, p]) => p.name ?? ''),
    );
    for (const c of mesh.of('Telemetry'))
      for (const [i, { providers }] of items(c.spec.tracing))
        for (const [j, { name = '' }] of items(providers))
          if (lightstep.has(name))
            yield {
              at: at(c, 'spec', 'tracing', i, 'providers', j, 'name'),
              message: `the provider "${name}" is one for Lightstep, which is deprecated`,
              hint: 'use a provider of OpenTelemetry',
            };
  },
};
