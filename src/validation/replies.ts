import { byteLength, type Field } from './field';
import { portNumber } from './names';
import { matchType, regex } from './string-match';

const KB = 1024;

/** Source: validation.go, validateHTTPRedirect: one fault is told, the first. */
export function redirect(field: Field, matches: Field): void {
  if (field.value === undefined) return;
  const [uri, prefix, authority, scheme, code, port] = [
    'uri',
    'prefixRewrite',
    'authority',
    'scheme',
    'redirectCode',
    'port',
  ].map((k) => field.at(k)) as [Field, Field, Field, Field, Field, Field];
  const exact = [...matches.items()].find((m) => m.at('uri').value !== undefined && matchType(m.at('uri')) !== 'prefix');
  const hasPort = port.value !== undefined || field.at('derivePort').value !== undefined;
  if (uri.text !== '' && prefix.text !== '') prefix.error('stands beside "uri": one of the two says the path');
  else if (prefix.text !== '' && exact)
    prefix.error('replaces a prefix, and a match of the rule has a uri that is none: match by "prefix", or say "uri"');
  else if (uri.text === '' && prefix.text === '' && authority.text === '' && !hasPort && scheme.text === '')
    field.error('changes nothing: say uri, prefixRewrite, authority, scheme or port');
  else if (code.number !== 0 && (code.number < 300 || code.number > 399))
    code.error(`${code.number} is no status of a redirect: use 301, 302, 303, 307 or 308`);
  else if (scheme.text !== '' && scheme.text !== 'http' && scheme.text !== 'https')
    scheme.error(`"${scheme.text}" is neither "http" nor "https"`);
  else if (field.at('derivePort').value === undefined && port.number > 0) portNumber(port);
}

/** Source: validation.go, validateHTTPDirectResponse. */
export function directResponse(field: Field): void {
  if (field.value === undefined) return;
  const body = field.at('body');
  const of = body.at('bytes').value === undefined ? body.at('string') : body.at('bytes');
  const size = of.key === 'bytes' ? Math.floor((of.text.replace(/=+$/, '').length * 3) / 4) : byteLength(of.text);
  if (size > KB * KB) of.error('is larger than 1 MB: answer from a service');
  else if (size > 100 * KB) of.warning('is larger than 100 kB, which istiod keeps for every proxy: better answer from a service');
  status(field.at('status'));
}

/** A status of HTTP: 600 is taken, too. Source: validation.go, validateHTTPStatus. */
export function status(field: Field): void {
  if (!(field.number >= 200 && field.number <= 600))
    field.error(
      field.value === undefined ? 'is missing: say a status from 200 to 599' : `${field.number} is no status from 200 to 599`,
    );
}

/** Source: validation.go, validateHTTPRewrite. */
export function rewrite(field: Field): void {
  if (field.value === undefined) return;
  const [uri, by, authority] = [field.at('uri'), field.at('uriRegexRewrite'), field.at('authority')];
  if (uri.text !== '' && by.value !== undefined) by.error('stands beside "uri": one of the two says the path');
  else if (uri.text === '' && by.value === undefined && authority.text === '')
    field.error('changes nothing: say uri, uriRegexRewrite or authority (the path "/" for no prefix)');
  else if (by.value !== undefined) {
    for (const part of ['match', 'rewrite'])
      if (by.at(part).text === '') by.at(part).error('is missing: uriRegexRewrite needs a match and a rewrite');
    if (by.at('match').text !== '' && by.at('rewrite').text !== '') regex(by.at('match'));
  }
}
