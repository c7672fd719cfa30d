import { wrongCel } from './cel';
import type { Field } from './field';
import { targets } from './targets';
import type { Validated } from './validated';

/** Source: pkg/config/validation/validation.go, ValidateTelemetry. */
export function telemetry({ spec }: Validated): void {
  targets(spec);
  for (const metrics of spec.at('metrics').items()) {
    providers(metrics);
    for (const override of metrics.at('overrides').items()) metricOverride(override);
  }
  tracing(spec.at('tracing'));
  for (const logging of spec.at('accessLogging').items()) {
    if (logging.at('filter').value !== undefined) filter(logging.at('filter').at('expression'));
    providers(logging);
  }
}

function filter(expression: Field): void {
  const wrong = wrongCel(expression.text);
  if (wrong !== undefined) expression.error(wrong);
}

function providers(of: Field): void {
  for (const provider of of.at('providers').items())
    if (provider.at('name').text === '') provider.at('name').error('is missing: name a provider of the MeshConfig');
}

function metricOverride(override: Field): void {
  for (const tag of override.at('tagOverrides').entries()) {
    const [operation, value] = [tag.at('operation').text || 'UPSERT', tag.at('value')];
    if (tag.key === '') override.at('tagOverrides').warning('has a tag without a name');
    if (operation === 'UPSERT' && value.text === '') value.error('is missing: a tag that is set (UPSERT) needs an expression');
    if (operation === 'REMOVE' && value.text !== '') value.error('stands beside "operation: REMOVE": take one of the two out');
  }
  const custom = override.at('match').at('customMetric');
  if (custom.value === '') custom.error('is empty: name the metric');
}

function tracing(list: Field): void {
  if (list.value?.length > 1) list.warning('has more than one item, of which one counts');
  for (const item of list.items()) {
    if (item.at('providers').value?.length > 1) item.at('providers').warning('has more than one provider, of which one counts');
    providers(item);
    const share = item.at('randomSamplingPercentage');
    if (share.number < 0 || share.number > 100) share.error(`${share.number} is not 0 to 100 percent`);
    for (const tag of item.at('customTags').entries()) customTag(tag, item);
  }
}

function customTag(tag: Field & { readonly key: string }, of: Field): void {
  if (tag.key === '') of.at('customTags').error('has a tag without a name');
  // of several, the last one counts
  for (const [type, part] of [
    ['formatter', undefined],
    ['header', 'name'],
    ['environment', 'name'],
    ['literal', 'value'],
  ] as const) {
    const source = tag.at(type);
    if (source.value === undefined) continue;
    if (part && source.at(part).text === '') source.at(part).error(`is missing: say the ${part} of the ${type}`);
    return;
  }
}
