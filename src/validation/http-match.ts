import type { Field } from './field';
import { gatewayNames } from './gateway-names';
import { matchedHeader } from './header-names';
import { labels } from './labels';
import { label, portNumber } from './names';
import { matchType, regexMatch, stringMatch } from './string-match';

/** Source: virtualservice.go, validateHTTPRouteMatchRequest. */
export function httpMatch(match: Field): void {
  for (const header of match.at('headers').entries()) {
    if (header.value === undefined) header.error('is empty: say "{}" for a header that has to be there');
    matchedHeader(header);
    stringMatch(header);
  }
  for (const header of match.at('withoutHeaders').entries()) {
    matchedHeader(header);
    // a regex of `*` is no regex, but any value
    if (!(matchType(header) === 'regex' && header.at('regex').text === '*')) stringMatch(header);
  }
  regexMatch(match.at('uri'));
  for (const field of ['scheme', 'method', 'authority']) stringMatch(match.at(field));
  for (const parameter of match.at('queryParams').entries()) stringMatch(parameter);
  if (match.at('port').number !== 0) portNumber(match.at('port'));
  labels(match.at('sourceLabels'));
  gatewayNames(match.at('gateways').withoutWarnings());
  if (match.at('sourceNamespace').text !== '') label(match.at('sourceNamespace'));
}
