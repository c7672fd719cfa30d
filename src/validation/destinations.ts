import type { Field } from './field';
import { label, portNumber, tell, wrongWildName } from './names';

/** Where requests or connections go. Source: validation.go, validateDestination. */
export function destination(field: Field): void {
  if (field.value === undefined) return;
  const host = field.at('host');
  if (host.text === '*') host.error('"*" is every host: name one');
  else tell(host, wrongWildName(host.text));
  subsetAndPort(field);
}

/** The parts of a destination besides its host. */
export function subsetAndPort(field: Field): void {
  if (field.at('subset').text !== '') label(field.at('subset'));
  if (field.at('port').value !== undefined) portNumber(field.at('port').at('number'));
}

/** Destinations of a route with their weights. Source: validation.go, validateHTTPRouteDestinations and validateRouteDestinations. */
export function weighted(route: Field, internal: boolean, each?: (field: Field) => void): void {
  let [count, total] = [0, 0];
  for (const item of route.items()) {
    if (item.at('destination').value === undefined) item.at('destination').error('is missing: say where to');
    each?.(item);
    if (!internal) destination(item.at('destination'));
    const weight = item.at('weight');
    if (weight.number < 0) weight.error(`${weight.number} is below 0`);
    total = (total + weight.number) | 0; // Go's int32
    count++;
  }
  if (count > 1 && total === 0)
    route.error('has weights that are 0 together, so nothing would go anywhere: give one of them a weight');
}
