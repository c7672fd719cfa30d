import { DEPRECATED_FILTER_NAMES } from './envoy-names';
import { envoyValue } from './envoy-value';
import { byteLength, type Field } from './field';
import { selector } from './labels';
import { wrongRegex } from './string-match';
import type { Validated } from './validated';

const MANAGERS = ['envoy.filters.network.http_connection_manager', 'envoy.http_connection_manager'];
const LISTENERS = ['LISTENER', 'FILTER_CHAIN', 'NETWORK_FILTER', 'HTTP_FILTER'];
const ROUTES = ['ROUTE_CONFIGURATION', 'VIRTUAL_HOST', 'HTTP_ROUTE'];
/** Of several, the last one counts. */
const MATCHES = ['waypoint', 'cluster', 'routeConfiguration', 'listener'];
const LONGEST = 1024;

/** Source: pkg/config/validation/envoyfilter/envoyfilter.go, ValidateEnvoyFilter. */
export function envoyFilter({ spec }: Validated): void {
  const before = spec.errors;
  const pods = spec.at('workloadSelector');
  selector(pods.withoutWarnings(), 'labels');
  if (spec.errors > before) return;
  selector(pods, 'labels');
  spec.warning(
    'changes what Envoy is told, past what Istio promises: it may break with any upgrade, so use another kind where one does',
  );
  for (const patch of spec.at('configPatches').items()) configPatch(patch);
}

/** One fault of a patch is told, the first, but for its value. */
function configPatch(field: Field): void {
  const [match, applyTo, patch] = [field.at('match'), field.at('applyTo'), field.at('patch')];
  if (match.at('context').text === 'WAYPOINT') return; // Istio looks at none of it
  const operation = patch.at('operation');
  if (['', 'INVALID'].includes(applyTo.text)) applyTo.error('is missing: say what is changed, such as HTTP_FILTER');
  else if (patch.value === undefined) patch.error('is missing: say the operation, and the value');
  else if (['', 'INVALID'].includes(operation.text)) operation.error('is missing: say one, such as MERGE');
  else if (operation.text !== 'REMOVE' && patch.at('value').value === undefined)
    patch.at('value').error(`is missing: operation ${operation.text} needs one`);
  else if (versionFits(match.at('proxy').at('proxyVersion')) && matchFits(match, applyTo.text))
    envoyValue(patch.at('value'), applyTo.text);
}

function versionFits(version: Field): boolean {
  const { text } = version;
  if (text === '') return true;
  if (byteLength(text) > LONGEST) {
    version.warning(`is longer than ${LONGEST} characters, so it is passed over`);
    return true;
  }
  const wrong = wrongRegex(text);
  if (wrong !== undefined) version.error(wrong);
  return wrong === undefined;
}

/** Whether the value is looked at still. */
function matchFits(match: Field, applyTo: string): boolean {
  const type = MATCHES.find((k) => match.at(k).value !== undefined);
  if (type === undefined) return true;
  const wants = LISTENERS.includes(applyTo)
    ? 'listener'
    : ROUTES.includes(applyTo)
      ? 'routeConfiguration'
      : applyTo === 'CLUSTER'
        ? 'cluster'
        : undefined;
  if (wants === undefined) return true;
  if (type !== wants) {
    match.at(type).error(`cannot match what ${applyTo} changes: say "${wants}"`);
    return wants !== 'listener';
  }
  return wants !== 'listener' || filterFits(match.at('listener').at('filterChain').at('filter'), applyTo);
}

function filterFits(filter: Field, applyTo: string): boolean {
  if (filter.value === undefined) return true;
  if (applyTo === 'LISTENER' || applyTo === 'FILTER_CHAIN') filter.warning(`does nothing with applyTo ${applyTo}: take it out`);
  const [name, sub] = [filter.at('name'), filter.at('subFilter')];
  const before = filter.errors;
  if (name.text === '') name.error('is missing: name the filter');
  else if (sub.value !== undefined) {
    if (applyTo !== 'HTTP_FILTER') sub.error(`is for applyTo HTTP_FILTER, and this is ${applyTo}: take it out`);
    else if (!MANAGERS.includes(name.text))
      name.error(`"${name.text}" has no filters within: with subFilter it is "${MANAGERS[0]}"`);
    else if (sub.at('name').text === '') sub.at('name').error('is missing: name the filter');
  }
  if (filter.errors > before) return false;
  for (const one of [name, sub.at('name')])
    if (Object.hasOwn(DEPRECATED_FILTER_NAMES, one.text))
      one.warning(`"${one.text}" is deprecated: write "${DEPRECATED_FILTER_NAMES[one.text]}"`);
  return true;
}
