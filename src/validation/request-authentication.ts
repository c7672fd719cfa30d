import { duration } from './durations';
import type { Field } from './field';
import { plainHeader } from './header-names';
import { keySet } from './jwks';
import { targets } from './targets';
import { wrongHttpUrl } from './url';
import type { Validated } from './validated';

/** Source: pkg/config/validation/validation.go, ValidateRequestAuthentication. */
export function requestAuthentication({ spec }: Validated): void {
  targets(spec);
  for (const rule of spec.at('jwtRules').items()) jwtRule(rule);
}

function jwtRule(rule: Field): void {
  const [issuer, keys] = [rule.at('issuer'), rule.at('jwks')];
  // the CRD knows it by both names, and the first wins
  const uri = rule.at('jwksUri').value === undefined ? rule.at('jwks_uri') : rule.at('jwksUri');
  filled(rule.at('audiences'));
  if (issuer.text === '' && uri.text === '')
    issuer.error('is missing: say who makes the tokens, or where the keys are, as jwksUri');
  if (uri.text !== '') {
    const wrong = wrongHttpUrl(uri.text);
    if (wrong !== undefined) uri.error(wrong);
  }
  if (keys.text !== '') jwks(keys);
  for (const header of rule.at('fromHeaders').items())
    if (header.at('name').text === '') header.at('name').error('is missing: name the header that has the token');
  filled(rule.at('fromParams'));
  filled(rule.at('fromCookies'));
  for (const output of rule.at('outputClaimToHeaders').items()) {
    const missing = ['header', 'claim'].filter((k) => output.at(k).text === '');
    for (const k of missing) output.at(k).error(`is missing: name the ${k}`);
    if (missing.length === 0) plainHeader(output.at('header'), true);
  }
  duration(rule.at('timeout'));
}

function filled(list: Field): void {
  for (const item of list.items()) if (item.text === '') item.error('is empty: fill it in, or take it out');
}

function jwks(field: Field): void {
  const keys = keySet(field.text);
  if (typeof keys === 'string') field.error(keys);
  else
    for (const [i, secret] of keys.entries())
      if (secret)
        field.warning(
          `has a private key at ${i}: anyone who sees it can make tokens, and to check them the public part is enough`,
        );
}
