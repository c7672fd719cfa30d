import type { App, Chart } from 'cdk8s';
import { ExternalService, Mesh, ServiceHost } from '../constructs';
import { readManifests } from '../manifests/files';
import { type Manifest, placeText } from '../manifests/manifest';
import { meshConfigIn } from '../manifests/mesh-config-map';
import { MeshModel, type ModelOptions } from '../model/mesh-model';
import { manifestsOf } from '../synth/manifests-of';
import { validate } from '../synth/validate';
import { type Client, findClients } from '../trace/client';
import { clientRequest } from '../trace/client-request';
import { askEach } from '../trace/each-client';
import { type Trace, trace } from '../trace/flow';
import { type Flow, flowOf, hops, type Next } from '../trace/hops';
import { portOf } from '../trace/port-of';
import { headerLines, type TraceRequest } from '../trace/request';
import { routesText } from '../trace/routes-text';
import { isSigned } from '../trace/signature';
import { hopsJson, traceJson } from '../trace/trace-json';
import { refused } from '../validation/validate';
import { checkProperties } from '../values/properties';
import { apart, type Each, together } from './each';
import { clientName, PLACES, type Places, placesOf } from './places';
import { FLOW, type FlowOf, type Host, NEXT, type NextOf, type Party, REQUEST, type RequestOf } from './request-of';
import { variations } from './variations';

/** A mesh that requests are sent to in tests; nothing runs. */
export class TestMesh {
  private readonly places: Places;

  /** @internal */
  constructor(private readonly model: MeshModel) {
    this.places = placesOf(model);
  }

  /**
   * What happens to a request: hand it to `expect`. Where `from` is several workloads (a service with several versions), what is
   * expected has to hold for each. Throws when the client or the port cannot be told.
   */
  request(r: RequestOf): Each<Trace> {
    checkProperties(r, REQUEST, 'the request');
    const ask = (c: Client) => trace(this.model, c, this.asked(r, c), { isSigned });
    return this.known(together(askEach(this.clients(r), ask, (t) => JSON.stringify(traceJson(t)))));
  }

  /**
   * What happens to a request that goes on from service to service: hand it to `expect`. What is expected of where it ends
   * is about all hops; what a proxy does with it (retries, faults, copies) is about the last one. Throws as `request` does.
   */
  flow(r: FlowOf): Each<Flow> {
    checkProperties(r, FLOW, 'the flow');
    const then = r.next.map((n) => this.hop(n));
    const propagated = (r.propagate ?? []).map((name) => name.toLowerCase());
    const ask = (c: Client) => flowOf(hops(this.model, c, this.asked(r, c), then, propagated, { isSigned }), then.length);
    return this.known(together(askEach(this.clients(r), ask, (f) => JSON.stringify(hopsJson(f.hops, false)))));
  }

  /** The routes of a host as a client's proxy has them, in order: a text for a snapshot that a person can read. */
  routes(r: { readonly from: Party; readonly to: Host; readonly port?: number }): string {
    const host = hostOf(r.to);
    const text = (c: Client) => routesText(this.model, c, host, r.port ?? portOf(this.model, host, c, false, 'port'));
    return askEach(this.clients(r), text, (said) => said).join('\n\n');
  }

  /**
   * Requests about a host that meet and just miss what its routes ask for: for properties that hold of all requests. So many for
   * each client that gets other answers to the first.
   */
  requests(r: RequestOf, o: { readonly count?: number; readonly seed?: number } = {}): Trace[] {
    return apart(this.request(r)).flatMap((first) =>
      variations(this.model, first, o.count ?? 200, o.seed ?? 1).map((q) =>
        this.known(trace(this.model, first.client, q, { isSigned })),
      ),
    );
  }

  private clients(r: { readonly from?: Party }): readonly [Client, ...Client[]] {
    return findClients(this.model, clientName(r.from ?? 'outside'));
  }

  private asked(r: RequestOf, client: Client): TraceRequest {
    const said = { ...r, to: hostOf(r.to), headers: headerLines(r.headers ?? {}), tls: r.tls === true };
    return clientRequest(this.model, client, said, 'port');
  }

  private hop(n: Host | NextOf): (client: Client) => Next {
    const isHost = typeof n === 'string' || n instanceof ServiceHost || n instanceof ExternalService;
    if (!isHost) checkProperties(n, NEXT, 'a hop of the flow');
    const { to, port, ...rest }: NextOf = isHost ? { to: n } : n;
    const host = hostOf(to);
    return (client) => ({ ...rest, host, port: port ?? portOf(this.model, host, client, false, 'port') });
  }

  private known<T extends Trace | Flow>(t: Each<T>): Each<T> {
    for (const one of apart(t)) PLACES.set(one, this.places);
    return t;
  }
}

const hostOf = (to: Host): string => (typeof to === 'string' ? to : to.host);

/**
 * The mesh of an app, a chart, or of files and folders of YAML. An app's `Mesh` says the domains and the root namespace; of
 * files the ConfigMap `istio` says it, where it is among them.
 * @throws when something cannot be read, or Istio's webhook would refuse it
 */
export function meshOf(of: App | Chart | string | readonly string[], options: ModelOptions = {}): TestMesh {
  const files = typeof of === 'string' ? [of] : Array.isArray(of) ? (of as readonly string[]) : undefined;
  const manifests = files ? fromFiles(files) : fromApp(of as App | Chart);
  for (const m of manifests) {
    const reason = refused(m);
    if (reason !== undefined) throw new Error(`${m.kind} "${m.name}" would be refused: ${reason}`);
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
  const { clusterDomain, trustDomain, rootNamespace } = Mesh.of(of);
  return { clusterDomain, ...o, meshConfig: { trustDomain, rootNamespace, ...o.meshConfig } };
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
