import type { Manifest } from '../../manifests/manifest';
import { selects } from '../../model/config';
import { fullName } from '../../model/host';
import { backendsOf } from './backends';
import { isComing, isWorkload } from './readiness';
import { type Fact, hostsOf, NO_FACTS, NOTHING, type References } from './references';
import { ruledHost, ruledHosts } from './rules-in-effect';
import { isFitting, isMachine, ownLabels, selectorIn } from './subjects';

type Labels = Readonly<Record<string, string>>;

/**
 * What routes need besides what they name: pods behind the host or the subset that they lead to. A Service or a DestinationRule
 * that comes to ask for other pods under the same name needs such pods itself. Where a live workload has some pods that are
 * ready and not all, who comes to lead there needs all of them; who leads there now goes on with what there is.
 */
export function podFacts(all: readonly Manifest[], domain: string): (m: Manifest) => References {
  /** What is asked of pods for a host or a subset of it; several, where two states of an object ask for different ones. */
  const asked: { readonly fact: Fact; readonly namespace: string; readonly labels: Labels }[] = [];
  const choosers = new Map<string, Manifest[]>();
  const wanted = new Set(all.flatMap((m) => [...destinationsOf(m, domain)]));
  const changing = otherPods(all, wanted, domain);
  /** Of an object that comes to choose other pods for a host: subsets of it, with what it chooses now. */
  const chosen = (m: Manifest, host: string, some: readonly Fact[]): Fact[] => {
    const labels = selectorIn(m);
    return some.length > 0 && changing(`pods ${host}`, labels)
      ? some.map((f) => `chosen ${f.slice('pods '.length)} (${textOf(labels)})`)
      : [];
  };
  const ask = (facts: readonly (Fact | undefined)[], namespace: string, labels: Labels) => {
    for (const fact of facts) if (fact) asked.push({ fact, namespace, labels });
  };
  for (const m of all) {
    const labels = selectorIn(m);
    if (labels)
      for (const host of hostsOf(m, domain)) {
        choosers.set(host, [...(choosers.get(host) ?? []), m]);
        ask([`pods ${host}`, changing(`pods ${host}`, labels)], m.namespace, labels);
      }
  }
  for (const m of all)
    if (m.kind === 'DestinationRule') {
      const [given, hosts] = [ruledHost(m, domain), ruledHosts(m, choosers.keys(), domain)];
      for (const subset of m.object.spec?.subsets ?? [])
        for (const host of hosts)
          for (const c of choosers.get(host) ?? []) {
            if (!isFitting(selectorIn(c) ?? {}, subset?.labels ?? {})) continue;
            const fact = `pods ${host} ${subset?.name}`;
            const own = given === host ? changing(fact, subset?.labels) : undefined;
            const led = wanted.has(fact) ? chosen(c, host, [fact]) : [];
            ask([fact, own, ...led], c.namespace, { ...selectorIn(c), ...subset?.labels });
          }
    }
  const subsets = new Map<string, Fact[]>();
  for (const fact of wanted) {
    const [, host = '', subset] = fact.split(' ');
    if (subset !== undefined) subsets.set(host, [...(subsets.get(host) ?? []), fact]);
  }
  // by namespace and one of the labels, so that a workload looks at few
  const byLabel = new Map<string, { readonly fact: Fact; readonly labels: Labels }[]>();
  for (const { fact, namespace, labels } of asked) {
    const [first] = Object.entries(labels);
    const key = first ? `${namespace} ${first[0]}=${first[1]}` : `${namespace} `;
    byLabel.set(key, [...(byLabel.get(key) ?? []), { fact, labels }]);
  }
  const behind = (m: Manifest): Fact[] => {
    const labels = ownLabels(m) ?? {};
    const keys = ['', ...Object.entries(labels).map(([k, v]) => `${k}=${v}`)].map((k) => `${m.namespace} ${k}`);
    const mine = keys.flatMap((k) => byLabel.get(k) ?? []).filter((a) => selects(a.labels, labels));
    return mine.map((a) => a.fact);
  };
  const partly = new Set(all.flatMap((m) => (isWorkload(m) && pods(m) === 'some' ? behind(m) : [])));
  const whole = (facts: Iterable<Fact>): Fact[] => [...facts].filter((f) => partly.has(f)).map((f) => `${f} (all)`);
  return (m) => {
    if (isWorkload(m)) {
      const there = pods(m);
      const facts = there === 'none' ? [] : behind(m);
      return { provides: new Set(there === 'all' ? [...facts, ...whole(facts)] : facts), needs: NO_FACTS };
    }
    if (isMachine(m)) return { provides: new Set(behind(m)), needs: NO_FACTS };
    const led = [...destinationsOf(m, domain)];
    if (led.length > 0) return { provides: NO_FACTS, needs: new Set([...led, ...whole(led)]) };
    const asks = questions(m, domain);
    const own = selectorIn(m) ? hostsOf(m, domain).flatMap((h) => chosen(m, h, subsets.get(h) ?? [])) : [];
    const needs = new Set([...asks.flatMap(({ fact, labels }) => changing(fact, labels) ?? []), ...own]);
    // callers of a Service without routes, too, are led to the pods that it selects
    const keeps = new Set(selectorIn(m) ? asks.map((a) => a.fact) : []);
    return needs.size + keeps.size > 0 ? { provides: NO_FACTS, needs, keeps } : NOTHING;
  };
}

/** Pods with some labels, as a host or a subset of it asks for them. */
interface Question {
  readonly fact: Fact;
  readonly labels: Labels | undefined;
}

function questions(m: Manifest, domain: string): readonly Question[] {
  const { host = '', subsets = [] } = m.object.spec ?? {};
  const labels = selectorIn(m);
  if (labels) return hostsOf(m, domain).map((h) => ({ fact: `pods ${h}`, labels }));
  if (m.kind !== 'DestinationRule') return [];
  return subsets.map((s: any) => ({ fact: `pods ${fullName(host, m.namespace, domain)} ${s?.name}`, labels: s?.labels }));
}

/**
 * Tells of hosts and subsets for which objects, or states of one, ask for different pods: what they ask for, with the labels; nothing of subsets
 * that no route leads to, or that no state asks for, as a form between does.
 */
function otherPods(
  all: readonly Manifest[],
  wanted: ReadonlySet<Fact>,
  domain: string,
): (fact: Fact, labels: Labels | undefined) => Fact | undefined {
  const texts = new Map<string, Set<string>>();
  for (const m of all)
    for (const { fact, labels } of questions(m, domain))
      if (m.kind !== 'DestinationRule' || wanted.has(fact)) texts.set(fact, (texts.get(fact) ?? new Set()).add(textOf(labels)));
  return (fact, labels) => {
    const some = texts.get(fact);
    const text = textOf(labels);
    return some && some.size > 1 && some.has(text) ? `${fact} (${text})` : undefined;
  };
}

const textOf = (labels: Labels = {}): string =>
  Object.entries(labels)
    .map(([k, v]) => `${k}=${v}`)
    .sort()
    .join(',');

/** The hosts, and subsets of them, to which it leads requests that are waited for. */
export function* destinationsOf(m: Manifest, domain: string): Iterable<Fact> {
  for (const host of backendsOf(m, domain)) yield `pods ${host}`;
  if (m.kind !== 'VirtualService') return;
  const { http, tls, tcp } = m.object.spec ?? {};
  for (const rule of [...(http ?? []), ...(tls ?? []), ...(tcp ?? [])])
    for (const { destination: d } of rule?.route ?? [])
      if (d?.host) yield `pods ${fullName(d.host, m.namespace, domain)}${d.subset ? ` ${d.subset}` : ''}`;
}

/** How many of a workload's pods are ready. What no server has said is taken to come up, and to be waited for. */
function pods(m: Manifest): 'none' | 'some' | 'all' {
  const { spec = {}, status = {} } = m.object;
  if (spec.replicas === 0) return 'none';
  if (!isComing(m)) return 'all';
  return (status.availableReplicas ?? status.numberAvailable ?? status.readyReplicas ?? 0) > 0 ? 'some' : 'none';
}
