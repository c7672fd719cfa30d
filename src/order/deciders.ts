import { keyOf } from '../manifests/key-of';
import type { Manifest } from '../manifests/manifest';
import { canonical } from '../values/equal';
import type { MutualTls } from './mutual-tls';
import type { Subject, Subjects } from './subjects';

/** Policies that tell ports apart: pods of different ports are decided about differently by them. */
const OF_PORTS = /"(notP|p)orts"|"portLevel|"destination\.(port|ip)"/;

/** What decides about some pods in a state, or in both: pods of which it is the same text are decided about alike, at all times. */
export type Deciders = (s: Subject, state?: 'live' | 'desired') => string;

/** What decides who gets in at pods: policies, what is asked of tokens and mutual TLS, and the TLS that clients speak. */
export function decidersOf(
  live: readonly Manifest[],
  desired: readonly Manifest[],
  subjects: Subjects,
  tls: MutualTls,
): Deciders {
  let known: Map<Subject, string[]> | undefined;
  const read = () => {
    const out = new Map<Subject, string[]>();
    for (const [state, all] of Object.entries({ live, desired }))
      for (const m of all) {
        const about = m.group === 'security.istio.io' ? subjects.of(m) : m.kind === 'DestinationRule' ? tls.spokenToBy(m) : [];
        if (about.length === 0) continue;
        const own = OF_PORTS.test(canonical(m.object.spec ?? {}));
        for (const s of about) out.set(s, [...(out.get(s) ?? []), `${state} ${keyOf(m)}${own ? ` ${s}` : ''}`]);
      }
    return out;
  };
  const told = new Map<string, string>();
  return (s, state) => {
    known ??= read();
    const key = `${state} ${s}`;
    const all = known.get(s) ?? [];
    const text = told.get(key) ?? (state ? all.filter((t) => t.startsWith(`${state} `)) : [...all]).sort().join();
    told.set(key, text);
    return text;
  };
}
