import { at } from '../fields';
import { items } from '../items';
import type { Rule } from '../rule';

/** Access logs are asked for, and nothing says who writes them. */
export const telemetryWithoutProvider: Rule = {
  id: 'MESH059',
  name: 'telemetry-without-provider',
  severity: 'warning',
  codes: ['IST0157'],
  summary: 'a Telemetry asks for access logs without saying who writes them',
  why: 'Without a provider those of MeshConfig (`defaultProviders.accessLogging`) are used, and there are none by default: nothing is logged. Source: pilot/pkg/model/telemetry.go.',
  remedy: 'Name a provider (`providers: [{ name: envoy }]`), or set one in MeshConfig.',
  *check(mesh) {
    if (mesh.meshConfig.defaultProviders?.accessLogging?.length > 0) return;
    for (const c of mesh.of('Telemetry'))
      for (const [i, log] of items(c.spec.accessLogging))
        if (log.disabled !== true && !(log.providers?.length > 0))
          yield {
            at: at(c, 'spec', 'accessLogging', i),
            message: 'nothing is logged: no provider is named here, and MeshConfig has none for access logs',
            hint: 'write "providers: [{ name: envoy }]"',
          };
  },
};
