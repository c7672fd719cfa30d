import { attribute, operationValues, sourceValues } from './authorization-values';
import type { Field } from './field';
import { targets } from './targets';
import type { Validated } from './validated';

const withNot = (names: readonly string[]) => names.flatMap((n) => [n, `not${n[0]!.toUpperCase()}${n.slice(1)}`]);
const SOURCE = withNot([
  'principals',
  'requestPrincipals',
  'namespaces',
  'ipBlocks',
  'remoteIpBlocks',
  'serviceAccounts',
  'trustDomains',
]);
const OPERATION = withNot(['ports', 'methods', 'paths', 'hosts']);
/** Attributes that a connection without HTTP has, as far as the warning knows: a trust domain is none there. */
const CONNECTION = withNot(['principals', 'namespaces', 'ipBlocks', 'remoteIpBlocks', 'serviceAccounts']);
const NOT_CUSTOM = withNot(['namespaces', 'serviceAccounts', 'trustDomains', 'principals', 'requestPrincipals']);
const NOT_CUSTOM_KEY = /^(source\.(namespace|serviceAccount|trustDomain|principal)$|request\.auth\.)/;

/** Source: pkg/config/validation/validation.go, ValidateAuthorizationPolicy. */
export function authorizationPolicy({ spec }: Validated): void {
  targets(spec);
  const [action, rules, provider] = [spec.at('action').text || 'ALLOW', spec.at('rules'), spec.at('provider')];
  if ((action === 'DENY' || action === 'CUSTOM') && !rules.given)
    rules.error(`is missing, so action ${action} never happens: say "[{}]" if it is for every request`);
  if (action === 'CUSTOM') custom(rules, provider);
  else if (provider.value !== undefined) provider.error(`stands with action ${action}: it is for CUSTOM`);
  for (const rule of rules.items()) oneRule(rule, action);
}

function custom(rules: Field, provider: Field): void {
  if (rules.given && provider.at('name').text === '') provider.at('name').error('is missing: name a provider of the MeshConfig');
  for (const rule of rules.items()) {
    for (const from of rule.at('from').items())
      for (const k of NOT_CUSTOM)
        if (from.at('source').at(k).given)
          from.at('source').at(k).error('is not possible with action CUSTOM, which is decided before it is known');
    for (const when of rule.at('when').items())
      if (NOT_CUSTOM_KEY.test(when.at('key').text))
        when.at('key').error(`"${when.at('key').text}" is not possible with action CUSTOM, which is decided before it is known`);
  }
}

function oneRule(rule: Field, action: string): void {
  const [from, to] = [rule.at('from'), rule.at('to')];
  let [sources, operations, ofConnection, ofPorts] = [0, 0, false, false];
  for (const item of from.items()) {
    const source = item.at('source');
    if (source.value === undefined) {
      source.error('is missing: say who, or leave "from" out for everyone');
      continue;
    }
    sources++;
    ofConnection ||= CONNECTION.some((k) => source.at(k).given);
    sourceOf(source);
  }
  for (const item of to.items()) {
    const operation = item.at('operation');
    if (operation.value === undefined) {
      operation.error('is missing: say what, or leave "to" out for everything');
      continue;
    }
    operations++;
    ofPorts ||= operation.at('ports').given || operation.at('notPorts').given;
    if (!OPERATION.some((k) => operation.at(k).given)) operation.error('says nothing: leave "to" out for everything');
    operationValues(operation);
  }
  for (const when of rule.at('when').items()) condition(when);
  const onlyHttp = operations > 0 ? !ofPorts : sources > 0 && !ofConnection;
  if (action === 'DENY' && onlyHttp)
    rule.warning('is about HTTP alone, and on ports that are TCP such a rule denies everything: add the ports that it is for');
}

function sourceOf(source: Field): void {
  const accounts = withNot(['serviceAccounts']).find((k) => source.at(k).given);
  if (accounts && withNot(['principals', 'namespaces']).some((k) => source.at(k).given))
    source.at(accounts).error('stands beside principals or namespaces: a service account is "<namespace>/<name>" already');
  if (!SOURCE.some((k) => source.at(k).given)) source.error('says nothing: leave "from" out for everyone');
  sourceValues(source);
}

function condition(when: Field): void {
  const [key, values, notValues] = [when.at('key'), when.at('values'), when.at('notValues')];
  if (key.text === '') key.error('is missing: say what is looked at, such as "request.headers[x-user]"');
  else if (!values.given && !notValues.given) when.error(`has no values for "${key.text}": say values or notValues`);
  else attribute(key, [values, notValues]);
}
