import type { Manifest } from '../../manifests/manifest';
import { isWild, wildcardsOver } from '../../model/host';
import { inOrderOf } from '../../model/listed';
import { type Audience, audienceOf, isPublic, OTHERS } from '../facts/audience';
import { ruledHost } from '../facts/rules-in-effect';
import { hostsInMesh } from '../facts/served-hosts';

/** Which namespaces may see other rules for a host than the rest. */
export class Audiences {
  private readonly all: readonly Audience[];
  /** Of rules for some of the hosts, by these. */
  private readonly byHost = new Map<string, Set<Audience>>();
  private readonly wild: ReadonlySet<string>;
  /** Of rules for whatever host. */
  private readonly common: ReadonlySet<Audience>;
  private readonly known = new Map<string, readonly Audience[]>();

  /**
   * @param routes VirtualServices
   * @param others DestinationRules of hosts to which these may lead: with some, no host is told from another
   */
  constructor(routes: readonly Manifest[], others: readonly Manifest[], domain: string) {
    const shown = routes.filter((m) => !isPublic(m));
    this.all = [...new Set([...shown.flatMap(audienceOf), ...others.flatMap((m) => seers(m, domain)), OTHERS])];
    this.common = new Set(others.length > 0 ? this.all : [OTHERS]);
    for (const m of shown)
      for (const host of hostsInMesh(m, domain)) {
        const known = this.byHost.get(host) ?? new Set();
        this.byHost.set(host, known);
        for (const ns of audienceOf(m)) known.add(ns);
      }
    this.wild = new Set([...this.byHost.keys()].filter(isWild));
  }

  /** Of a host, by its own name and by wildcards. */
  of(host: string): readonly Audience[] {
    const known = this.known.get(host) ?? this.seeing(host);
    this.known.set(host, known);
    return known;
  }

  /** The one of a host that sees what some namespace sees. */
  standing(host: string, audience: Audience): Audience {
    return this.of(host).includes(audience) ? audience : OTHERS;
  }

  private seeing(host: string): readonly Audience[] {
    if (this.common.size === this.all.length) return this.all;
    const names = [host, ...wildcardsOver(host, this.wild)];
    return inOrderOf(this.all, [...names.flatMap((name) => [...(this.byHost.get(name) ?? [])]), ...this.common]);
  }
}

/** Whoever sees what others do not; callers obey rules of their own namespace before all others. Source: istio.io, DestinationRule, exportTo. */
function seers(m: Manifest, domain: string): readonly Audience[] {
  if (m.object.spec?.workloadSelector) return [m.namespace];
  if (!isPublic(m)) return audienceOf(m);
  return ruledHost(m, domain).endsWith(`.${m.namespace}.svc.${domain}`) ? [] : [m.namespace];
}
