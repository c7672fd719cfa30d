import { requiredDuration } from './durations';
import type { Field } from './field';
import { localityLb, zoneAwareLb } from './locality';

/** Source: validation.go, validateLoadBalancer. */
export function loadBalancer(field: Field, ejects: boolean): void {
  if (field.value === undefined) return;
  const hash = field.at('consistentHash');
  if (hash.value !== undefined) consistentHash(hash);
  const [locality, zone, warmup] = [field.at('localityLbSetting'), field.at('zoneAwareLbSetting'), field.at('warmup')];
  if (locality.given && zone.given) zone.error('stands beside "localityLbSetting": take one of the two out');
  localityLb(locality, ejects);
  zoneAwareLb(zone, ejects);
  if (warmup.value === undefined) return;
  requiredDuration(warmup.at('duration'));
  const [least, aggression] = [warmup.at('minimumPercent'), warmup.at('aggression')];
  if (least.number > 100) least.error(`${least.number} is more than 100 percent`);
  if (aggression.value !== undefined && !(aggression.number > 0)) aggression.error(`${aggression.number} is not more than 0`);
}

function consistentHash(hash: Field): void {
  const cookie = hash.at('httpCookie');
  // of several keys, the last one counts
  const after = ['useSourceIp', 'httpQueryParameterName'].some((k) => hash.at(k).value !== undefined);
  if (cookie.value !== undefined && !after) httpCookie(cookie);
  const size = hash.at('minimumRingSize');
  if (size.number !== 0) {
    size.warning('is deprecated: write ringHash: {minimumRingSize: …}');
    for (const k of ['ringHash', 'maglev'])
      if (hash.at(k).value !== undefined) hash.at(k).error('stands beside "minimumRingSize": take that out');
  }
  // of both, the last one counts
  if (hash.at('maglev').value !== undefined) tableSize(hash.at('maglev').at('tableSize'));
}

function httpCookie(cookie: Field): void {
  if (cookie.at('name').text === '') cookie.at('name').error('is missing: name the cookie');
  const names = new Set<string>();
  for (const attribute of cookie.at('attributes').items()) {
    const name = attribute.at('name');
    if (name.text === '') name.error('is missing: name the attribute');
    else if (names.has(name.text)) name.error(`"${name.text}" is there twice`);
    names.add(name.text);
  }
}

const LARGEST = 5_000_011;

function tableSize(size: Field): void {
  if (size.number === 0) size.error('is missing: say a prime number, such as 65537');
  else if (size.number >= LARGEST) size.error(`${size.number} is not less than ${LARGEST}`);
  else if (!isPrime(size.number)) size.error(`${size.number} is no prime number: 65537 is one`);
}

function isPrime(n: number): boolean {
  if (n < 4) return true; // 1 is taken for one
  if (n % 2 === 0) return false;
  for (let factor = 3; factor * factor <= n; factor += 2) if (n % factor === 0) return false;
  return true;
}
