import type { Manifest } from '../../manifests/manifest';
import { selects } from '../../model/config';
import { isWorkload, podLabels } from './readiness';
import { type Fact, NOTHING, type References } from './references';

type Labels = Readonly<Record<string, string>>;

/** What a server of mode MUTUAL reads besides. Source: pilot/pkg/credentials/model.go. */
const CA = '-cacert';

/**
 * The certificates of Gateways: Secrets in the namespace of the gateway's pods, where these are known; anywhere, where they are
 * not. Source: pilot/pkg/credentials/model.go, ToResourceName and ParseResourceName.
 */
export function credentialFacts(all: readonly Manifest[]): (m: Manifest) => References {
  const workloads = all.filter(isWorkload);
  const spaces = (selector: Labels): ReadonlySet<string> =>
    new Set(workloads.filter((w) => selects(selector, podLabels(w))).map((w) => w.namespace));
  return (m) => {
    if (m.kind === 'Secret' && m.group === '')
      return { ...NOTHING, provides: new Set([`credential ${m.namespace}/${m.name}`, `credential ${m.name}`]) };
    if (m.kind !== 'Gateway' || m.group !== 'networking.istio.io') return NOTHING;
    const servers: any[] = m.object.spec?.servers ?? [];
    const names = servers.flatMap((s) => [
      ...[s?.tls?.credentialName, ...(s?.tls?.credentialNames ?? [])].filter((n) => typeof n === 'string' && n !== ''),
      ...(s?.tls?.mode === 'MUTUAL' && s.tls.credentialName ? [`${s.tls.credentialName}${CA}`] : []),
    ]);
    if (names.length === 0) return NOTHING;
    const selector: Labels = m.object.spec?.selector ?? {};
    const pods = Object.keys(selector).length > 0 ? spaces(selector) : new Set<string>();
    const where = (name: string): Fact[] =>
      name.includes('/') || pods.size === 0
        ? [`credential ${name}`]
        : [...pods].map((namespace) => `credential ${namespace}/${name}`);
    return { ...NOTHING, needs: new Set(names.flatMap(where)) };
  };
}
