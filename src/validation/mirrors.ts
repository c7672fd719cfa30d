import { destination } from './destinations';
import type { Field } from './field';

/** Copies of requests. Source: virtualservice.go, validateHTTPRoute, and validation.go, validateHTTPMirrors. */
export function mirrors(rule: Field): void {
  // the CRD knows it by both names, and the first wins
  const old = rule.at('mirrorPercent').value === undefined ? rule.at('mirror_percent') : rule.at('mirrorPercent');
  if (old.value !== undefined) {
    if (old.number > 100) old.error(`${old.number} is more than 100 percent`);
    old.warning('is deprecated: write mirrorPercentage: {value: …}');
  }
  share(rule.at('mirrorPercentage').at('value'));
  for (const mirror of rule.at('mirrors').items()) {
    if (mirror.at('destination').value === undefined) {
      mirror.at('destination').error('is missing: say where to');
      continue;
    }
    destination(mirror.at('destination'));
    share(mirror.at('percentage').at('value'));
  }
}

function share(value: Field): void {
  if (value.number < 0 || value.number > 100) value.error(`${value.number} is no share: it is 0 to 100 percent`);
}
