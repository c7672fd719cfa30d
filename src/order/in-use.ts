import type { Manifest } from '../manifests/manifest';
import { fullName } from '../model/host';
import { guardedPods, isAllow } from './facts/authorization-rules';
import { proxiesOf } from './facts/proxies';
import { type Fact, list, referencesOf, rootsOf } from './facts/references';
import { calledPods, Subjects } from './facts/subjects';

/**
 * Whether requests that are served now depend on what an object that is made says: only then anybody has to wait for it. What
 * is about hosts, gateways and pods that come with it is used by nobody yet.
 * @param live what is there
 * @param all what is there, and what comes
 */
export function inUse(
  live: readonly Manifest[],
  all: readonly Manifest[],
  root: string,
  domain: string,
): (m: Manifest) => boolean {
  // only what is made is asked about: where nothing is, nothing has to be known
  let known: ReturnType<typeof knownOf> | undefined;
  const knownOf = () => {
    const now = provided(live, domain);
    const ever = provided(all, domain);
    // what nobody defines may be asked for all the same
    const isUsed = (fact: Fact) => now.has(fact) || !ever.has(fact);
    const pods = calledPods(live);
    const subjects = new Subjects(all, root, proxiesOf(live, all));
    const guarded = guardedPods(live, subjects);
    const of = (m: Manifest) => subjects.of(m).filter((s) => pods.has(s));
    return { isUsed, guarded, of, there: new Set(live), roots: rootsOf(all) };
  };
  const isUsed = (m: Manifest): boolean => {
    known ??= knownOf();
    const { isUsed: isAsked, guarded, of, there, roots } = known;
    const { hosts = [], gateways = [], host } = m.object.spec ?? {};
    switch (`${m.group}/${m.kind}`) {
      case 'networking.istio.io/VirtualService':
        // a delegate is used by those that delegate to it, who delegate to nobody else's
        if (hosts.length === 0)
          return roots(m).some((by) => by !== m && (there.has(by) || (list(by.object.spec?.hosts).length > 0 && isUsed(by))));
        return [
          ...gateways
            .filter((g: string) => g !== 'mesh')
            .map((g: string) => `gateway ${g.includes('/') ? g : `${m.namespace}/${g}`}`),
          ...(gateways.length === 0 || gateways.includes('mesh')
            ? hosts.map((h: string) => `host ${fullName(h, m.namespace, domain)}`)
            : []),
        ].some(isAsked);
      case 'networking.istio.io/DestinationRule':
        return isAsked(`host ${fullName(host ?? '', m.namespace, domain)}`);
      case 'security.istio.io/AuthorizationPolicy':
        // where others say already who may, it adds callers and shuts nobody out
        return of(m).some((s) => !isAllow(m) || !guarded.has(s));
      case 'networking.istio.io/Sidecar':
      case 'security.istio.io/PeerAuthentication':
      case 'security.istio.io/RequestAuthentication':
        return of(m).length > 0;
      default:
        return false;
    }
  };
  return isUsed;
}

function provided(all: readonly Manifest[], domain: string): ReadonlySet<Fact> {
  const out = new Set<Fact>();
  for (const m of all) for (const f of referencesOf(m, domain).provides) if (/^(host|gateway) /.test(f)) out.add(f);
  return out;
}
