import { podsOf } from '../analyzed-pods';
import { at, selectorText } from '../fields';
import { candidates } from '../hints';
import { INSTALLED_HINT, mayBeInstalled, selectsInstalled } from '../pods';
import type { Rule } from '../rule';

/** A Gateway is for pods that are not there. */
export const gatewaySelectsNoPod: Rule = {
  id: 'MESH025',
  name: 'gateway-selects-no-pod',
  severity: 'warning',
  codes: ['IST0101', 'KIA0302'],
  summary: 'a Gateway selects pods that are not there',
  why: 'No proxy opens the ports of the Gateway. Pods of all namespaces are looked at; the gateway that Istio installs (`istio: ingressgateway`) is taken to be there unless MeshConfig switches ingress off; where nothing of the installation of Istio itself is among the manifests, one for its egress gateway is an info. Source: pilot/pkg/model/gateway.go.',
  remedy: 'Select labels that the pods of a gateway have, or deploy one with these.',
  *check(mesh) {
    const pods = podsOf(mesh);
    for (const c of mesh.of('Gateway')) {
      const selector: Record<string, string> | undefined = c.spec.selector;
      if (pods.matching(selector)[Symbol.iterator]().next().done !== true) continue;
      const names = Object.keys(selector ?? {});
      yield {
        at: at(c, 'spec', ...(selector ? ['selector'] : [])),
        message: `no pod has "${selectorText(selector)}", so the Gateway is for no proxy`,
        ...(mayBeInstalled(mesh) && selector && names.length > 0 && selectsInstalled(selector)
          ? { severity: 'info' as const, hint: INSTALLED_HINT }
          : names.length === 1
            ? { hint: candidates(selector![names[0]!] ?? '', pods.valuesOf(names[0]!)) }
            : {}),
      };
    }
  },
};
