import { domain, label, no } from './refusal';

/** Destinations of a rule and their weights. */
export function shares(route: any, what: string): void {
  if (!Array.isArray(route) || route.length === 0) no(`a ${what} rule has no route`);
  for (const r of route) {
    if (!r?.destination?.host) no(`a destination of ${what} has no host`);
    destination(r.destination);
    if (r.weight < 0) no('a weight is below 0');
  }
  if (route.length > 1 && route.reduce((n: number, r: any) => n + (r.weight ?? 0), 0) === 0) no('all weights are 0');
}

/** Source: validation.go, validateDestination. */
export function destination(d: any): void {
  if (!d) return;
  if (d.host === '*') no('a destination is every host');
  domain(d.host ?? '', 'host of a destination', true);
  if (d.subset) label(d.subset, 'subset');
  if (d.port && !(d.port.number > 0 && d.port.number < 65_536)) no(`port ${d.port.number} of a destination is no port`);
}
