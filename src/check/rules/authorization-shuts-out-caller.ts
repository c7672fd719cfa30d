import { type Config, objectText } from '../../model/config';
import { quoted } from '../../values/names';
import { letsIn } from '../allowed-callers';
import { backendsOf } from '../backends';
import { knownCalls } from '../known-callers';
import { policiesOf } from '../policies';
import type { Rule } from '../rule';

/** Policies that allow others, and not a caller that the manifests speak of. */
export const authorizationShutsOutCaller: Rule = {
  id: 'MESH208',
  name: 'authorization-shuts-out-caller',
  severity: 'warning',
  codes: [],
  summary: 'a Sidecar or a route says that a workload calls another, whose policies allow others alone',
  why: "The first ALLOW policy about a workload shuts out everybody whom it does not name. That somebody calls is known here from a Sidecar that names the host itself, and from rules of VirtualServices for source labels or a source namespace: where none of the workloads that are meant may call, their requests get 403. Policies' ports, paths, addresses and tokens are not looked at. Source: pilot/pkg/security/authz/builder; istio.io, authorization policy precedence.",
  remedy:
    'Add a rule for the principal of the caller (`<trust domain>/ns/<namespace>/sa/<account>`), or take the host out of the Sidecar, the match out of the route.',
  *check(mesh) {
    if (mesh.model.of('AuthorizationPolicy').length === 0) return;
    const { trustDomain } = mesh.model.mesh;
    const told = new Map<Config, Set<string>>();
    for (const { service, callers, at } of knownCalls(mesh)) {
      const principals = [...new Set(callers.map((c) => `${trustDomain}/ns/${c.namespace}/sa/${c.serviceAccount}`))].sort();
      const key = principals.join();
      for (const w of backendsOf(mesh, service)) {
        if (!w.hasSidecar || callers.includes(w)) continue;
        const allow = policiesOf(mesh, w, 'ALLOW');
        // authorization-nobody-left tells of those that allow nobody
        const first = allow.find((c) => c.spec.rules?.length > 0);
        if (!first || told.get(first)?.has(key) || principals.some((p) => letsIn(mesh, allow, p))) continue;
        // who calls is not known there: identity-without-mtls
        if (mesh.model.peers.ofWorkload(w.namespace, w.labels, 0).mode === 'DISABLE') continue;
        told.set(first, (told.get(first) ?? new Set()).add(key));
        const [caller] = callers;
        const who = principals.length === 1 ? quoted(principals) : `any of ${quoted(principals.slice(0, 3))}`;
        yield {
          at: { manifest: first.manifest, path: ['spec', 'rules'] },
          message: `no rule allows ${who}, and ${objectText(at.manifest)} says that ${principals.length === 1 ? 'it calls' : 'they call'} "${service.host}": the requests get 403`,
          hint: `add from: [{ source: { principals: [${principals[0]}] } }]`,
          related: [
            { at, message: 'said here' },
            { at: { manifest: caller!.config.manifest, path: ['metadata'] }, message: 'the caller' },
          ],
        };
      }
    }
  },
};
