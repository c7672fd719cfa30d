import { exportTo } from './export-to';
import { labels, selector } from './labels';
import { label, tell, wrongWildName } from './names';
import { trafficPolicy } from './traffic-policy';
import type { Validated } from './validated';

/** Source: pkg/config/validation/validation.go, ValidateDestinationRule. */
export function destinationRule({ spec, namespace }: Validated): void {
  tell(spec.at('host'), wrongWildName(spec.at('host').text));
  trafficPolicy(spec.at('trafficPolicy'), namespace);
  const names = new Set<string>();
  for (const subset of spec.at('subsets').items()) {
    const name = subset.at('name');
    if (names.has(name.text)) name.error(`"${name.text}" is there twice: routes could mean one of the two only`);
    names.add(name.text);
    label(name);
    labels(subset.at('labels'));
    trafficPolicy(subset.at('trafficPolicy').withoutWarnings(), namespace);
  }
  const pods = spec.at('workloadSelector');
  exportTo(spec.at('exportTo'), namespace, pods.given ? 'selecting' : 'other');
  selector(pods, 'matchLabels');
}
