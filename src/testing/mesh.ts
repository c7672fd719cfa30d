import type { App, Chart } from 'cdk8s';
import { Mesh, type ServiceHost } from '../constructs';
import { readManifests } from '../manifests/files';
import { type Manifest, placeText } from '../manifests/manifest';
import { meshConfigIn } from '../manifests/mesh-config-map';
import { MeshModel, type ModelOptions } from '../model/mesh-model';
import { manifestsOf } from '../synth/manifests-of';
import { validate } from '../synth/validate';
import { withAgeDoubts } from '../trace/age-doubts';
import { type Client, findClients, withAddress } from '../trace/client';
import { clientRequest } from '../trace/client-request';
import { askEach } from '../trace/each-client';
import { type Trace, trace } from '../trace/flow';
import { type Flow, flowOf, hops, type Next } from '../trace/hops';
import { portOf } from '../trace/port-of';
import { headerLines, type TraceRequest } from '../trace/request';
import { routesText } from '../trace/routes-text';
import { isSigned } from '../trace/signature';
import type { World } from '../trace/token';
import { hopsJson, traceJson } from '../trace/trace-json';
import { refused } from '../validation/validate';
import { hostDoubts, QUESTIONS } from './doubts';
import { apart, type Each, together } from './each';
import { clientName, hostOf, Places } from './places';
import {
  checkFlow,
  checkNext,
  checkRequest,
  checkRequestsOptions,
  checkRoutes,
  type FlowOf,
  type Host,
  type NextOf,
  type RequestOf,
  type RequestsOptions,
  type RoutesOf,
} from './request-of';
import { type Told, variations } from './variations';

/** A mesh that requests are sent to in tests; nothing runs. */
export class TestMesh {
  private readonly places: Places;

  /** @internal */
  constructor(private readonly model: MeshModel) {
    this.places = new Places(model);
  }

  /**
   * The names of all that may send a request, for properties of every client: workloads, gateways (`gateway:shop/edge`), and
   * `outside`.
   */
  get clients(): readonly string[] {
    const { workloads, gateways } = this.model;
    const names = [
      ...workloads.map((w) => `${w.namespace}/${w.config.name}`),
      ...gateways.map((g) => `gateway:${g.namespace}/${g.name}`),
    ];
    return [...[...new Set(names)].sort(), 'outside'];
  }

  /**
   * The mesh in the middle of a release that a controller makes: a Rollout or Canary (`'shop/cart'`, or its service), at one of its steps, counted
   * from 0, with the routes as Argo Rollouts or Flagger sets them there. Of a Rollout the pods of both versions are
   * `<name>-stable` and `<name>-canary`; of Flagger the version that was is `<deployment>-primary`. Throws when there is no such release
   * or step.
   */
  duringRelease(release: string | ServiceHost<any, any>, step: number): TestMesh {
    return new TestMesh(this.model.duringRelease(clientName(release), step));
  }

  /**
   * What happens to a request: hand it to `expect`. Where `from` is several workloads (a service with several versions), what is
   * expected has to hold for each. Throws when the client or the port cannot be told, or nobody has the host's name.
   */
  request(r: RequestOf): Each<Trace> {
    checkRequest(r);
    const ask = (c: Client) => this.traced(c, this.asked(r, c), { isSigned });
    return this.known(together(askEach(this.clientsOf(r), ask, (t) => JSON.stringify(traceJson(t)))), r);
  }

  /**
   * What happens to a request that goes on from service to service: hand it to `expect`. What is expected of where it ends
   * is about all hops; what a proxy does with it (retries, faults, copies) is about the last one. Throws as `request` does.
   */
  flow(r: FlowOf): Each<Flow> {
    checkFlow(r);
    const next = this.hops(r);
    const ask = (c: Client) => this.followed(c, this.asked(r, c), next, { isSigned });
    const told = (f: Flow) => JSON.stringify(hopsJson(f.hops, false));
    return this.known(together(askEach(this.clientsOf(r), ask, told)), r, next.doubts);
  }

  /** The routes of a host as a client's proxy has them, in order: a text for a snapshot that a person can read. */
  routes(r: RoutesOf): string {
    checkRoutes(r);
    const host = hostOf(r.to);
    const text = (c: Client) => {
      const port = r.port ?? portOf(this.model, host, c, false, 'port');
      hostDoubts(this.model, c, host, port);
      return routesText(this.model, c, host, port);
    };
    return askEach(this.clientsOf(r), text, (said) => said).join('\n\n');
  }

  /**
   * Requests like one, for properties that hold of all of them. What the request says (its path, method, headers) stays; all else
   * that routes and policies ask about is varied: at least one request for every way that they can be answered, and near misses.
   * So many for each client that gets other answers to the first. With `next`, flows, varied in what later hops ask too.
   */
  requests(r: FlowOf, o?: RequestsOptions): Flow[];
  requests(r: RequestOf, o?: RequestsOptions): Trace[];
  requests(r: RequestOf | FlowOf, o: RequestsOptions = {}): (Trace | Flow)[] {
    checkRequestsOptions(o);
    const { count = 200, seed = 1 } = o;
    const isFlow = 'next' in r;
    const firsts = isFlow ? apart(this.flow(r)).map((f) => f.hops[0]!.trace) : apart(this.request(r));
    const next = isFlow ? this.hops(r) : { onwards: [], propagated: [], doubts: [] };
    return firsts.flatMap((first) => {
      const { requests, doubts, world } = variations(this.model, first, toldOf(r), next, count, seed);
      const ask = (q: TraceRequest) =>
        isFlow ? this.followed(first.client, q, next, world) : this.traced(first.client, q, world);
      return requests.map((q) => this.known<Trace | Flow>(ask(q), r, [...next.doubts, ...doubts]));
    });
  }

  private clientsOf(r: Pick<RequestOf, 'from' | 'address'>): readonly [Client, ...Client[]] {
    const [first, ...others] = findClients(this.model, clientName(r.from ?? 'outside'));
    const at = (c: Client) => (r.address === undefined ? c : withAddress(c, r.address));
    return [at(first), ...others.map(at)];
  }

  private traced(client: Client, request: TraceRequest, world: World): Trace {
    return withAgeDoubts(this.model, trace(this.model, client, request, world), world);
  }

  private followed(client: Client, request: TraceRequest, { onwards, propagated }: Hops, world: World): Flow {
    const all = hops(this.model, client, request, onwards, propagated, world);
    const dated = all.map((h) => ({ ...h, trace: withAgeDoubts(this.model, h.trace, world) }));
    return flowOf(dated, onwards.length);
  }

  private asked(r: RequestOf, client: Client): TraceRequest {
    const said = { ...r, to: hostOf(r.to), headers: headerLines(r.headers ?? {}), tls: r.tls === true };
    const asked = clientRequest(this.model, client, said, 'port');
    hostDoubts(this.model, client, said.to, asked.port);
    return asked;
  }

  private hops(r: FlowOf): Hops {
    const doubts: string[] = [];
    const onwards = r.next.map((n) => this.hop(n, doubts));
    return { onwards, propagated: (r.propagate ?? []).map((name) => name.toLowerCase()), doubts };
  }

  private hop(n: Host | NextOf, doubts: string[]): (client: Client) => Next {
    const isHost = typeof n === 'string' || 'host' in n;
    if (!isHost) checkNext(n);
    const { to, port, ...rest }: NextOf = isHost ? { to: n } : n;
    const host = hostOf(to);
    return (client) => {
      const at = port ?? portOf(this.model, host, client, false, 'port');
      doubts.push(...hostDoubts(this.model, client, host, at));
      return { ...rest, host, port: at };
    };
  }

  private known<T extends Trace | Flow>(t: Each<T>, r: RequestOf, more: readonly string[] = []): Each<T> {
    const accepted = r.acceptDoubts === true;
    for (const one of apart(t)) {
      const { client, request } = 'hops' in one ? one.hops[0]!.trace : one;
      const doubts = [...new Set([...hostDoubts(this.model, client, hostOf(r.to), request.port), ...more])];
      QUESTIONS.set(one, { places: this.places, doubts, accepted });
    }
    return t;
  }
}

/** How a request goes on. */
interface Hops {
  readonly onwards: readonly ((client: Client) => Next)[];
  readonly propagated: readonly string[];
  /** Of the hosts of later hops, as far as they were asked. */
  readonly doubts: readonly string[];
}

/** What a request says itself, and what is therefore the same in all that are like it. */
const toldOf = (r: RequestOf): Told => ({
  path: r.path,
  method: r.method,
  headers: headerLines(r.headers ?? {}),
});

/**
 * The mesh of an app, a chart, or of files and folders of YAML. An app's `Mesh` says the domains and the root namespace; of
 * files the ConfigMap `istio` says it, where it is among them.
 * @throws when something cannot be read, or Istio's webhook would refuse it; the error names the file and line
 */
export function meshOf(of: App | Chart | string | readonly string[], options: ModelOptions = {}): TestMesh {
  const files = typeof of === 'string' ? [of] : Array.isArray(of) ? (of as readonly string[]) : undefined;
  const manifests = files ? fromFiles(files) : fromApp(of as App | Chart);
  for (const m of manifests) {
    const reason = refused(m);
    if (reason !== undefined) throw new Error(`${placeText(m.place())} ${m.kind} "${m.name}" would be refused: ${reason}`);
  }
  return new TestMesh(
    new MeshModel(manifests, files ? withSettings(manifests, options) : withInstallation(of as App | Chart, options)),
  );
}

/** What the ConfigMap says, unless the test says otherwise. */
function withSettings(manifests: readonly Manifest[], o: ModelOptions): ModelOptions {
  const meshConfig = o.meshConfig ?? meshConfigIn(manifests);
  return meshConfig === undefined ? o : { ...o, meshConfig };
}

/** What the app's Mesh says, unless the test says otherwise. */
function withInstallation(of: App | Chart, o: ModelOptions): ModelOptions {
  const { clusterDomain, meshConfig } = Mesh.of(of);
  return { clusterDomain, ...o, meshConfig: { ...meshConfig, ...o.meshConfig } };
}

function fromFiles(paths: readonly string[]): readonly Manifest[] {
  if (paths.includes('')) throw new Error('a file or folder of meshOf is empty text: name it, or leave it out');
  const { manifests, unreadable } = readManifests(paths);
  if (unreadable.length > 0) throw new Error(unreadable.map((u) => `${placeText(u.place)} ${u.message}`).join('\n'));
  return manifests;
}

/** Objects of an app with the construct that made each, and its line. Validates as synth does. */
function fromApp(of: App | Chart): readonly Manifest[] {
  const charts = 'charts' in of ? of.charts.filter((c) => c.node.scope === of) : [of];
  validate(of.node.root as App);
  return charts.flatMap((c) => manifestsOf(c));
}
