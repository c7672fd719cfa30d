import { targetsOf } from '../ambient';
import type { CheckedMesh } from '../checked-mesh';
import { GATEWAY_API } from '../gateway-api';
import { candidates } from '../hints';
import type { Rule } from '../rule';

/** Where targets are looked for, by their kind. */
const KINDS: Readonly<Record<string, (mesh: CheckedMesh) => Iterable<{ readonly namespace: string; readonly name: string }>>> = {
  Service: (mesh) => mesh.of('Service'),
  ServiceEntry: (mesh) => mesh.of('ServiceEntry'),
  Gateway: (mesh) => mesh.of(`${GATEWAY_API}/Gateway`),
};

/** A policy is attached to an object that is not there. */
export const targetNotFound: Rule = {
  id: 'MESH188',
  name: 'target-not-found',
  severity: 'warning',
  codes: [],
  summary: 'a policy is attached to an object that is not there',
  why: 'targetRefs name objects of the namespace of the policy. One that is not there attaches the policy to nothing: a DENY keeps nobody out. Where the namespace has no object of the kind among the manifests, it is an info. Source: pilot/pkg/model/policyattachment.go.',
  remedy: 'Mend the name, or move the policy to the namespace of its target.',
  *check(mesh) {
    for (const kind of ['AuthorizationPolicy', 'RequestAuthentication', 'Telemetry', 'WasmPlugin'])
      for (const { spec, manifest, namespace } of mesh.of(kind))
        for (const [i, target] of targetsOf(spec)) {
          const objects = Object.hasOwn(KINDS, String(target.kind)) ? KINDS[target.kind] : undefined;
          if (!objects || typeof target.name !== 'string' || (target.namespace && target.namespace !== namespace)) continue;
          const all = [...objects(mesh)];
          const here = all.filter((o) => o.namespace === namespace).map((o) => o.name);
          if (here.includes(target.name)) continue;
          const elsewhere = all.find((o) => o.name === target.name);
          yield {
            at: { manifest, path: spec.targetRefs ? ['spec', 'targetRefs', i, 'name'] : ['spec', 'targetRef', 'name'] },
            ...(all.length === 0 || (here.length === 0 && !elsewhere) ? { severity: 'info' as const } : {}),
            message: `namespace "${namespace}" has no ${target.kind} "${target.name}", so the policy is attached to nothing`,
            hint: elsewhere
              ? `there is one in namespace "${elsewhere.namespace}", which a policy of this namespace cannot name`
              : candidates(target.name, here),
          };
        }
  },
};
