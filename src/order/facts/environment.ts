import { keyOf } from '../../manifests/key-of';
import type { Manifest } from '../../manifests/manifest';
import { selects } from '../../model/config';
import { fullName } from '../../model/host';
import { isEqual } from '../../values/equal';
import { isWorkload, podLabels } from './readiness';
import { containersOf, type Fact, hostsOf, list, NOTHING, podOf, type References } from './references';

/** Variables whose value is a host, where it is a word alone. */
const NAMES_A_HOST = /HOST|ADDR|URL|URI|ENDPOINT|UPSTREAM|BACKEND|SERVER|SERVICE|BROKER|TARGET/i;
/** A host in a longer text: after `//` or `@`, before a port, or with a dot. */
const HOST = /(?:\/\/|@)([a-z0-9][a-z0-9.-]*)|\b([a-z0-9][a-z0-9.-]*)(?=:\d)|\b([a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)+)\b/g;
const WORD = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;

/**
 * Hosts that programs call and no route tells of, as their environment and arguments have them: one that comes is there before the pods
 * that call it; one that goes, with the pods behind it, is there until the last of these is gone. Somebody who goes on calling it means
 * it, or calls it no more. What a ConfigMap or the program itself says is not looked at.
 */
export function environmentFacts(
  live: readonly Manifest[],
  desired: readonly Manifest[],
  domain: string,
): (m: Manifest) => References {
  const [before, after] = [live, desired].map((all) => new Set(all.flatMap((m) => hostsOf(m, domain))));
  const moving = new Set([...before!, ...after!].filter((h) => !before!.has(h) || !after!.has(h)));
  if (moving.size === 0) return () => NOTHING;
  const last = new Map(desired.map((m) => [keyOf(m), m]));
  const there = new Set(live);
  /** Whether it is the old state of one that changes: two that go, and call each other, need not wait for each other. */
  const isLeft = (m: Manifest) => there.has(m) && last.has(keyOf(m)) && !isEqual(m.object, last.get(keyOf(m))!.object);
  const going = live.filter(
    (m) => m.kind === 'Service' && m.object.spec?.selector && hostsOf(m, domain).some((h) => moving.has(h)),
  );
  const answered = (w: Manifest): Fact[] =>
    going
      .filter((s) => s.namespace === w.namespace && selects(s.object.spec.selector, podLabels(w)))
      .flatMap((s) => hostsOf(s, domain).map(answers));
  return (m) => {
    const own = hostsOf(m, domain).filter((h) => moving.has(h));
    if (own.length > 0) return { ...NOTHING, provides: new Set(own.map(found)) };
    const called = [...calledBy(m, domain)].filter((h) => moving.has(h));
    const left = isLeft(m) ? called.filter((h) => before!.has(h)) : [];
    return {
      provides: new Set(isWorkload(m) ? answered(m) : []),
      needs: new Set([...called.map(found), ...left.map(answers)]),
    };
  };
}

const answers = (host: string): Fact => `answers ${host}`;
const found = (host: string): Fact => `found ${host}`;

/** Hosts in the environment and the arguments of a workload's containers, as full names, whether there are such or not. */
function calledBy(m: Manifest, domain: string): ReadonlySet<string> {
  const out = new Set<string>();
  const add = (host: string) => {
    out.add(host);
    out.add(fullName(host, m.namespace, domain));
    const [name, namespace, ...rest] = host.split('.');
    if (namespace && (rest.length === 0 || rest.join('.') === 'svc')) out.add(`${name}.${namespace}.svc.${domain}`);
  };
  const read = (text: unknown) => {
    if (typeof text === 'string') for (const [, a, b, c] of text.matchAll(HOST)) add((a ?? b ?? c)!);
  };
  for (const c of containersOf(podOf(m))) {
    for (const text of [...list(c.command), ...list(c.args)]) read(text);
    for (const { name, value } of list(c.env)) {
      if (NAMES_A_HOST.test(String(name)) && WORD.test(String(value))) add(value);
      else read(value);
    }
  }
  return out;
}
