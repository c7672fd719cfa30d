import type { Manifest } from '../../src/manifests/manifest';
import { MeshModel } from '../../src/model/mesh-model';
import { asGateway, type Client, clientOf, SOMEBODY } from '../../src/trace/client';
import { trace } from '../../src/trace/flow';
import { requestTo, type TraceRequest } from '../../src/trace/request';
import { GONE } from './walk';

/** A request that is sent at every moment. */
export interface Ask {
  /** A workload as `namespace/name`, the selector of a gateway's pods, or somebody outside. */
  readonly from: string;
  readonly request: TraceRequest;
}

/** What becomes of a request. */
export interface Answer {
  /** Everybody of the client gets what was asked for. */
  readonly served: boolean;
  /** Nobody gets in: policies say so. */
  readonly refused: boolean;
  /** The rules that it goes by. */
  readonly rules: readonly (string | undefined)[];
  /** The workloads that answer, and hosts outside. */
  readonly ends: readonly string[];
  readonly text: string;
}

const list = (value: unknown): any[] => (Array.isArray(value) ? value : []);
const unique = <T>(all: readonly T[]): T[] => [...new Set(all)];

/** Requests of everybody to everything that some of the objects name. */
export function asksOf(objects: readonly Manifest[]): Ask[] {
  const of = (kind: string) => objects.filter((m) => m.kind === kind);
  const specs = (kind: string) => of(kind).map((m) => m.object.spec ?? {});
  const services = of('Service').map((m) => `${m.name}.${m.namespace}.svc.cluster.local`);
  const entries = specs('ServiceEntry').flatMap((s) => list(s.hosts));
  const routed = specs('VirtualService').flatMap((s) => list(s.hosts));
  const ports = unique([
    ...specs('Service').flatMap((s) => list(s.ports).map((p) => p.port)),
    ...specs('ServiceEntry').flatMap((s) => list(s.ports).map((p) => p.number)),
  ]);
  const paths = unique([
    '/',
    ...wordsOf(specs('VirtualService'), /^(prefix|exact)$/),
    ...specs('AuthorizationPolicy').flatMap((s) =>
      list(s.rules).flatMap((r: any) =>
        list(r.to).flatMap((t: any) => [...list(t.operation?.paths), ...list(t.operation?.notPaths)]),
      ),
    ),
  ]).map((p: string) => p.replace('*', 'x'));
  const tokens = unique(specs('RequestAuthentication').flatMap((s) => list(s.jwtRules).map((r: any) => r.issuer as string)));
  const named = JSON.stringify(specs('VirtualService')).includes('"headers":{"who"') ? [{ who: ['me'] }] : [];
  const headers: TraceRequest['headers'][] = [
    {},
    ...named,
    ...tokens.map((iss) => ({ authorization: [`Bearer ${tokenOf(iss)}`] })),
  ];
  const to = (hosts: readonly string[], at: readonly number[], more: Partial<TraceRequest> = {}) =>
    unique(hosts).flatMap((host) =>
      at.flatMap((port) =>
        paths.flatMap((path) => headers.map((h) => requestTo(host.replace(/^\*/, 'any'), port, { path, headers: h, ...more }))),
      ),
    );
  const inside = unique(
    objects.filter((m) => m.object.spec?.template && m.kind !== 'Gateway').map((m) => `${m.namespace}/${m.name}`),
  );
  const doors = specs('Gateway').flatMap((s) =>
    list(s.servers).map((server) => ({ pods: JSON.stringify(s.selector ?? {}), server })),
  );
  return [
    ...inside.flatMap((from) => to([...services, ...entries], ports).map((request) => ({ from, request }))),
    ...to(services, ports).map((request) => ({ from: SOMEBODY.name, request })),
    ...unique(doors.map((d) => d.pods)).flatMap((from) => {
      const own = doors.filter((d) => d.pods === from).map((d) => d.server);
      return unique(own.map((s) => s.port?.number as number)).flatMap((port) => {
        const tls = own.some((s) => s.port?.number === port && s.tls?.mode !== undefined);
        const hosts = [...routed, ...own.flatMap((s) => list(s.hosts))].map((h: string) =>
          h.replace(/^.*\//, '').replace(/^\*/, 'any'),
        );
        return unique(hosts).flatMap((host) =>
          to([host], [port], tls ? { tls, sni: host, alpn: [] } : {}).map((request) => ({ from, request })),
        );
      });
    }),
  ];
}

/** All texts of fields of some names. */
function wordsOf(value: unknown, names: RegExp): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([k, v]) => (typeof v === 'string' && names.test(k) ? [v] : wordsOf(v, names)));
}

/** A token whose signature counts as right. */
const tokenOf = (iss: string): string =>
  [{ alg: 'RS256', kid: 'k' }, { iss, sub: 'somebody', exp: 4_102_444_800 }, 'x']
    .map((part) => Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url'))
    .join('.');

/** A mesh at a moment, that requests are sent in. */
export class Moment {
  private readonly model: MeshModel;

  constructor(objects: readonly Manifest[]) {
    this.model = new MeshModel(objects);
  }

  /** What becomes of a request; nothing where nobody is there to send it. */
  answer({ from, request }: Ask): Answer | undefined {
    const clients = this.clients(from);
    if (clients.length === 0) return undefined;
    const all = clients.map((c) => trace(this.model, c, request, { now: 1_800_000_000 }));
    const ends = all.flatMap((t) => t.endings);
    const outside = ends.some((e) => e.where.endsWith('outside the mesh'));
    return {
      served: !outside && ends.every((e) => e.reason === undefined),
      refused: ends.length > 0 && ends.every((e) => e.status === 403 || e.status === 401),
      rules: all.map((t) => t.outbound?.config),
      // pods of another template are of the same workload
      ends: unique(ends.flatMap((e) => e.where.split(', ').map((w) => w.replace(/-new$/, '')))),
      text: unique(
        ends.map(
          (e) =>
            `${e.status ?? 'closed'}${e.flags ? ` ${e.flags}` : ''}${e.reason ? ` (${e.reason})` : ''}${outside ? ' outside' : ''}`,
        ),
      ).join(', '),
    };
  }

  private clients(from: string): readonly Client[] {
    if (from === SOMEBODY.name) return [SOMEBODY];
    if (from.startsWith('{')) {
      const labels = JSON.parse(from);
      const pods = this.model.workloads.filter((w) => Object.entries(labels).every(([k, v]) => w.labels[k] === v));
      if (pods.length > 0) return pods.map((w) => asGateway(this.model, w));
      return [
        {
          ...SOMEBODY,
          name: `gateway ${from}`,
          namespace: 'istio-system',
          labels,
          proxy: 'gateway',
          principal: 'cluster.local/ns/istio-system/sa/gateway',
        },
      ];
    }
    return this.model.workloads
      .filter((w) => [from, `${from}-new`].includes(`${w.namespace}/${w.config.name}`) && !w.annotations[GONE])
      .map((w) => clientOf(this.model, w));
  }
}
