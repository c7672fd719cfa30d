import { parse } from 'yaml';
import { parseManifests } from '../manifests/parse';
import { MeshModel } from '../model/mesh-model';
import type { ProxyView } from '../model/proxy';
import { withoutPort } from '../model/virtual-host';
import { refused } from '../validation/validate';
import { answer, clusterAnswers } from './answer';
import { asSeen } from './grpc';
import { inbound } from './inbound';
import { outbound } from './outbound';
import type { Outcome } from './outcome';
import { headerLines, MTLS_ALPN, PLAIN_ALPN, type TraceRequest } from './request';
import { ELSEWHERE, headlessNamed } from './resolve-name';
import type { World } from './token';

/** One question of a batch: a mesh, who asks, and requests. */
export interface BatchCase {
  readonly id: string;
  /** YAML documents. */
  readonly mesh: string;
  /** YAML of MeshConfig. */
  readonly meshConfig?: string;
  readonly client: {
    readonly kind: 'sidecar' | 'gateway';
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly name?: string;
  };
  readonly requests: readonly {
    readonly port: number;
    readonly method?: string;
    readonly path?: string;
    readonly host: string;
    readonly headers?: Readonly<Record<string, string | readonly string[]>>;
    readonly tls?: boolean;
    readonly sni?: string;
    readonly alpn?: readonly string[];
    /** The address that the client dials. */
    readonly dest?: string;
    /** The request comes to `client`, which is the workload that is called. */
    readonly inbound?: boolean;
    /** Identity of the caller, without `spiffe://`. */
    readonly principal?: string;
  }[];
}

/** Its answers, in order; an error is one. */
export interface BatchAnswer {
  readonly id: string;
  readonly results: readonly Record<string, unknown>[];
  readonly clusters: Readonly<Record<string, unknown>>;
  /** Objects that the API server would not have let in, and why: they count for nothing. */
  readonly refused?: readonly string[];
  readonly error?: string;
}

/** Answers one case, whatever it holds. */
export function answerCase(c: BatchCase, world: World = {}): BatchAnswer {
  try {
    return answerOrThrow(c, world);
  } catch (e) {
    const message = (e as Error).message;
    return {
      id: c?.id ?? '',
      results: (Array.isArray(c?.requests) ? c.requests : []).map(() => ({ action: 'error', error: message })),
      clusters: {},
      error: message,
    };
  }
}

function answerOrThrow(c: BatchCase, world: World): BatchAnswer {
  checkCase(c);
  const wrong = c.requests.map(wrongRequest);
  const {
    proxy,
    requests,
    outcomes,
    refused: no,
  } = outcomesOf({ ...c, requests: c.requests.filter((_, i) => !wrong[i]) }, world);
  let next = 0;
  const results = wrong.map((error) => {
    if (error !== undefined) return { action: 'error', error };
    const i = next++;
    return answer(asSeen(requests[i]!, outcomes[i]!));
  });
  return { id: c.id, results, clusters: clusterAnswers(proxy, outcomes), ...(no.length > 0 ? { refused: no } : {}) };
}

/** What a case comes to, before it is put into the form of an answer. */
export interface BatchOutcomes {
  readonly model: MeshModel;
  readonly proxy: ProxyView;
  readonly requests: readonly TraceRequest[];
  /** In the order of the requests. */
  readonly outcomes: readonly Outcome[];
  readonly refused: readonly string[];
}

/** When objects of a case were made that do not say it: as in the cases whose answers are recorded. */
const MADE = Date.UTC(2026, 0);

/** Throws where the case is none. */
function checkCase(c: BatchCase): void {
  if (typeof c?.mesh !== 'string') throw new Error('the case has no "mesh": it is YAML, as text');
  if (!['sidecar', 'gateway'].includes(c.client?.kind))
    throw new Error('the case has no "client" of kind "sidecar" or "gateway"');
  if (!Array.isArray(c.requests)) throw new Error('the case has no "requests": they are a list');
}

/** What is wrong with a request of a case. */
function wrongRequest(r: BatchCase['requests'][number], i: number): string | undefined {
  if (typeof r?.host !== 'string') return `request ${i} has no host`;
  return Number.isInteger(r.port) ? undefined : `request ${i} has no port: it is a whole number`;
}

/** In plain text nothing is negotiated: it is HTTP/2 (`h2c`), bytes (none), or HTTP/1.1, whatever else is said. */
function alpnOf(said: readonly string[] | undefined, tls: boolean, mutual: boolean): readonly string[] {
  if (!said) return mutual ? MTLS_ALPN : tls ? [] : PLAIN_ALPN;
  return tls || said.length === 0 || said.includes('h2c') ? said : PLAIN_ALPN;
}

/** The outcomes of a case; throws where it cannot be read. */
export function outcomesOf(c: BatchCase, world: World = {}): BatchOutcomes {
  checkCase(c);
  const { manifests, unreadable } = parseManifests(c.mesh, c.id);
  const broken = unreadable.filter((u) => u.object === undefined);
  if (broken.length > 0) throw new Error(broken.map((u) => `${u.place.line}: ${u.message}`).join('; '));
  const out = manifests.map((m) => ({ m, reason: refused(m) }));
  const model = new MeshModel(
    out.filter((x) => x.reason === undefined).map((x) => x.m),
    { meshConfig: c.meshConfig ? (parse(c.meshConfig) ?? {}) : {}, injected: 'all', age: MADE },
  );
  const { namespace = 'default', name, kind } = c.client;
  const workload = name
    ? model.workloads.find(
        (w) => w.kind === 'Pod' && w.namespace === namespace && (w.name === name || w.name.startsWith(`${name}-pod`)),
      )
    : undefined;
  const labels = c.client.labels ?? workload?.labels ?? {};
  const proxy = model.proxy({ kind, namespace, labels, address: workload?.address ?? '10.244.255.1' });
  const server = { namespace, labels, address: workload?.address ?? '', ports: workload?.ports ?? new Map<string, number>() };
  const requests = c.requests.map((r) => {
    const mutual = r.inbound === true && r.principal !== undefined;
    const tls = r.tls === true || mutual;
    return {
      method: r.method ?? 'GET',
      path: r.path ?? '/',
      host: r.host,
      port: r.port,
      headers: headerLines(r.headers ?? {}),
      tls,
      sni: r.sni ?? withoutPort(r.host),
      alpn: alpnOf(r.alpn, tls, mutual),
      // which pod of a headless service it is, a case says itself
      dialled: r.dest ?? (headlessNamed(model, namespace, r.host) ? ELSEWHERE : undefined),
      principal: r.principal,
    };
  });
  const outcomes = requests.map((request, i) =>
    c.requests[i]!.inbound ? inbound(model, server, request, world) : outbound(proxy, request, world),
  );
  const no = [
    ...unreadable.map((u) => `${u.object}: ${u.message}`),
    ...out.flatMap(({ m, reason }) =>
      reason === undefined ? [] : [`${m.kind} ${m.namespace || 'default'}/${m.name}: ${reason}`],
    ),
  ];
  return { model, proxy, requests, outcomes, refused: no };
}
