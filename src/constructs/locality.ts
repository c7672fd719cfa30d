import type { LocalityLbSetting } from '../../imports/networking.istio.io';
import { quoted, text } from '../values/names';
import { checkProperties, type Properties } from '../values/properties';
import { shown } from '../values/shown';

/**
 * How the places of callers and endpoints count. A place is what Kubernetes' nodes say: region, zone and subzone.
 * Compiles to `localityLbSetting` of a DestinationRule. Source: Istio's networking/destination-rule reference,
 * LocalityLoadBalancerSetting.
 */
export type Locality =
  /** Near endpoints first; where those of a region have failed, to which region its callers go: `{ 'ap-northeast-1': 'ap-northeast-3' }`. */
  | { readonly failover: Readonly<Record<string, string>> }
  /** Labels in the order in which they count: endpoints with the caller's values of most of them first; `region=a` means that value. */
  | { readonly failoverPriority: readonly string[] }
  /**
   * Shares in percent of the calls from a place, which make 100: `{ 'eu/a/*': { 'eu/a/*': 80, 'eu/b/*': 20 } }`. Holds also where
   * endpoints of a place have failed.
   */
  | { readonly distribute: Readonly<Record<string, Readonly<Record<string, number>>>> };

type Any = { failover?: object; failoverPriority?: readonly string[]; distribute?: object };
const PROPERTIES: Properties<Any> = { failover: 'map?', failoverPriority: 'list?', distribute: 'map?' };

/** The setting as Istio has it. Throws where it is none. Source: ValidateLocalityLbSetting in pkg/config/validation/agent. */
export function localitySetting(locality: Locality): LocalityLbSetting {
  const what = 'byLocality';
  checkProperties<Any>(locality, PROPERTIES, what);
  const said = Object.keys(PROPERTIES).filter((k) => (locality as Any)[k as keyof Any] !== undefined);
  if (said.length !== 1)
    throw new Error(
      `${what} has ${said.length === 0 ? 'nothing' : quoted(said)}: give it one of failover, failoverPriority and distribute`,
    );
  if ('failover' in locality)
    return { failover: entriesOf(locality.failover, 'failover').map(([from, to]) => regions(from, to)) };
  if ('distribute' in locality) {
    const entries = entriesOf(locality.distribute, 'distribute');
    apart(
      entries.map(([from]) => from),
      'distribute',
    );
    return {
      distribute: entries.map(([from, to]) => ({ from: place(from), to: shares(from, to) })),
    };
  }
  if (locality.failoverPriority.length === 0) throw new Error('failoverPriority is empty: name at least one label');
  for (const label of locality.failoverPriority) text(label, 'a label in failoverPriority');
  return { failoverPriority: locality.failoverPriority };
}

function entriesOf<T>(map: Readonly<Record<string, T>>, what: string): [string, T][] {
  const entries = Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1));
  if (entries.length === 0) throw new Error(`${what} is empty: name at least one place`);
  return entries;
}

function regions(from: string, to: string): { from: string; to: string } {
  for (const region of [from, text(to, `where failover leads from "${from}"`)])
    if (region === '' || /[/*]/.test(region))
      throw new Error(`failover names "${region}", which is no region: give one, without a zone and without "*"`);
  if (from === to) throw new Error(`failover leads from "${from}" to itself: name two regions`);
  return { from, to };
}

/** `region/zone/subzone`, from the left; `*` stands for all that is left. */
function place(name: string): string {
  const parts = name.split('/');
  if (parts.length > 3 || parts.includes('') || /\*./.test(name) || parts.some((p) => p.length > 1 && p.includes('*')))
    throw new Error(
      `distribute names "${name}", which is no place: write region, region/zone or region/zone/subzone, with "*" at the end alone`,
    );
  return name;
}

/** Source: validateLocalities in pkg/config/validation/agent. */
function apart(names: readonly string[], where: string): void {
  const parts = (name: string) => name.split('/').filter((p) => p !== '*');
  const within = (a: string, b: string) => parts(b).every((p, i) => p === parts(a)[i]);
  for (const [i, a] of names.entries())
    for (const b of names.slice(i + 1))
      if (within(a, b) || within(b, a))
        throw new Error(`${where} names "${a}" and "${b}", of which one is part of the other: name places beside each other`);
}

function shares(from: string, to: Readonly<Record<string, number>>): Record<string, number> {
  if (typeof to !== 'object' || to === null)
    throw new Error(`distribute from "${from}" is ${shown(to)}: write the shares, such as { "${from}": 100 }`);
  const all = Object.entries(to).sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [name, share] of all) {
    place(name);
    if (!Number.isInteger(share) || share < 1 || share > 100)
      throw new Error(`the share of "${name}" in distribute from "${from}" is ${share}: it has to be a whole percent, 1 to 100`);
  }
  apart(
    all.map(([name]) => name),
    `distribute from "${from}"`,
  );
  const total = all.reduce((n, [, share]) => n + share, 0);
  if (total !== 100) throw new Error(`the shares in distribute from "${from}" make ${total}: they have to make 100`);
  return Object.fromEntries(all);
}
