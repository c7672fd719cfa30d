import type { Field } from './field';
import { selector } from './labels';

const TARGETS: Readonly<Record<string, string>> = {
  Service: 'core',
  ServiceEntry: 'networking.istio.io',
  Gateway: 'gateway.networking.k8s.io',
  GatewayClass: 'gateway.networking.k8s.io',
};

/**
 * What a policy is for: pods by a selector, or objects by their names.
 * Source: validation.go, validateOneOfSelectorType, validateWorkloadSelector, validatePolicyTargetReference.
 */
export function targets(spec: Field): void {
  const [pods, one, many] = [spec.at('selector'), spec.at('targetRef'), spec.at('targetRefs')];
  const given = [pods, one, many].filter((f) => f.given);
  if (given.length > 1)
    given[1]!.error(`stands beside "${given[0]!.key}": a policy has one of selector, targetRef and targetRefs`);
  selector(pods, 'matchLabels');
  if (one.value !== undefined) target(one);
  for (const t of many.items()) target(t);
}

function target(field: Field): void {
  if (field.at('name').text === '') field.at('name').error('is missing: name the object');
  if (field.at('namespace').text !== '')
    field.at('namespace').error('cannot be said: a policy is for objects of its own namespace');
  const [group, kind] = [field.at('group').text, field.at('kind').text];
  if (!Object.hasOwn(TARGETS, kind) || TARGETS[kind] !== (group === '' ? 'core' : group))
    field.error(
      `"${group}/${kind}" is no target: it can be a Service (group ""), a ServiceEntry (group "networking.istio.io"), a Gateway or a GatewayClass (group "gateway.networking.k8s.io")`,
    );
}
