import { stringify } from 'yaml';
import { parseManifests } from '../../../src/manifests/parse';
import { MeshModel } from '../../../src/model/mesh-model';
import { unknownOf } from '../../../src/model/not-understood';
import { answerCase, type BatchAnswer } from '../../../src/trace/batch';
import { isSigned } from '../../../src/trace/signature';
import { differences as differing } from '../../trace/recorded-answers';
import { asInjected } from '../injector';
import type { OracleAnswer, OracleCase } from '../oracle';
import type { RandomCase } from './world';

/** Where the trace and the real thing do not say the same. */
export interface Disagreement {
  readonly case: RandomCase;
  readonly about: { readonly request: number } | { readonly cluster: string } | { readonly refused: string };
  readonly trace: unknown;
  readonly real: unknown;
}

/** A random case as the oracle and a batch take it. */
export function asked(c: RandomCase): OracleCase {
  const { id, objects, meshConfig, client, requests } = c;
  return {
    id,
    mesh: objects
      .map(asInjected)
      .map((o) => stringify(o, { lineWidth: 0, version: '1.1', aliasDuplicateObjects: false }))
      .join('---\n'),
    ...(Object.keys(meshConfig).length > 0 ? { meshConfig: stringify(meshConfig) } : {}),
    client,
    requests,
  };
}

const subject = (line: string) => line.split(':')[0]!;

/**
 * All disagreements about one case; an oracle that has no answer disagrees about nothing.
 * @param onUnknown told of each that is none, since the trace says itself that it does not know
 */
export function disagreements(c: RandomCase, real: OracleAnswer, onUnknown: () => void = () => {}): Disagreement[] {
  if (!real.expected) return [];
  const trace = answerCase(asked(c), { isSigned });
  const [ours, theirs] = [trace.refused ?? [], real.invalid ?? []].map((list) => new Map(list.map((l) => [subject(l), l])));
  const refused = [...new Set([...ours!.keys(), ...theirs!.keys()])]
    .filter((k) => ours!.has(k) !== theirs!.has(k))
    .map((k) => ({ case: c, about: { refused: k }, trace: ours!.get(k) ?? 'let in', real: theirs!.get(k) ?? 'let in' }));
  if (refused.length > 0) return refused; // what follows from it is nothing new
  if (real.expected[0]?.action === 'nack') return refusedByEnvoy(c, real, trace);
  const open = real.expected.map((_, i) => !isByChance(trace.results[i]!, real, i));
  const left = <T>(all: readonly T[]) => all.filter((_, i) => open[i]);
  const expected = left(real.expected);
  const named = new Set(expected.flatMap((e) => e.destinations?.map((d) => d.cluster) ?? []));
  const clusters = Object.fromEntries(
    Object.entries(real.clusters ?? {}).filter(
      // how a sidecar calls its own application is nothing that the trace says
      ([name]) => !/^inbound/i.test(name) && (named.has(name) || expected.length === real.expected!.length),
    ),
  );
  const told = { ...trace, results: left(trace.results) };
  const found = differing({ requests: left(c.requests), expected: expected as never, clusters: clusters as never }, told).map(
    (d): Disagreement => ({
      case: c,
      about: 'cluster' in d ? { cluster: d.cluster } : { request: d.request },
      trace: d.is,
      real: d.be,
    }),
  );
  return found.filter((d) => {
    const unknown = saidToBeUnknown(d);
    if (unknown) onUnknown();
    return !unknown;
  });
}

/**
 * Whether both answers are right: of the destinations of a connection some have no endpoints, which closes it before a gateway's
 * policies are asked, and some have some, and then the policies close it.
 */
function isByChance(ours: BatchAnswer['results'][number], { expected, clusters = {} }: OracleAnswer, i: number): boolean {
  const { action, destinations = [] } = expected![i]!;
  const lost = destinations.filter((d) => (clusters[d.cluster]?.endpoints ?? []).length === 0);
  return ours.action === 'noFilterChain' && action === 'l4' && lost.length > 0 && lost.length < destinations.length;
}

/** Whether the trace says itself that it does not know the endpoints. */
function saidToBeUnknown(d: Disagreement): boolean {
  const { services } = new MeshModel(parseManifests(asked(d.case).mesh, d.case.id).manifests);
  const clusters = `${JSON.stringify(d.about)} ${JSON.stringify([d.trace, d.real])}`;
  const hosts = [...clusters.matchAll(/outbound\|\d+\|[^|"]*\|([^"\\]+)/g)].map((m) => m[1]!);
  // all objects are there, so that a Service without a selector has the addresses that it has
  return services.some((s) => hosts.includes(s.host) && s.exportTo.includes('~') && unknownOf(s).length > 0);
}

/** Envoy refuses what it is served as a whole: the trace has to know the reason, and says more about the other tables. */
function refusedByEnvoy(c: RandomCase, real: OracleAnswer, trace: BatchAnswer): Disagreement[] {
  const reason = real.expected?.[0]?.reason;
  if (trace.results.some((r) => r.action === 'nack' && r.reason === reason)) return [];
  return [{ case: c, about: { request: 0 }, trace: trace.results[0], real: real.expected?.[0] }];
}
