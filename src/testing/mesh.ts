import { type App, type Chart, Testing } from 'cdk8s';
import type { Construct } from 'constructs';
import { ExternalService, ServiceHost, Version } from '../constructs';
import { AppModel } from '../constructs/app-model';
import { objectsOf } from '../constructs/object-conflicts';
import { readManifests } from '../manifests/files';
import { type FieldPath, fieldText, type Manifest, manifestOf, placeText } from '../manifests/manifest';
import { misshapen, withoutNulls } from '../manifests/shape';
import { MeshModel, type ModelOptions } from '../model/mesh-model';
import { refused } from '../model/refused';
import { withoutPort } from '../model/virtual-host';
import { type Client, findClient } from '../trace/client';
import { type Trace, trace } from '../trace/flow';
import { portOf } from '../trace/port-of';
import { headerLines, helloTo, requestTo, type TraceRequest } from '../trace/request';
import { routesText } from '../trace/routes-text';
import { isSigned } from '../trace/signature';
import { didYouMean, quoted } from '../values/names';
import { checkProperties, type Properties } from '../values/properties';
import { variations } from './variations';

/** A workload or host: a construct, or its name as `mesh trace` takes it. */
export type Party =
  | ServiceHost<any, any>
  | Version
  | { readonly callerName: string; readonly namespace: string; readonly name: string }
  | string;

/** Where a request can end: also a host outside. */
export type Place = Party | ExternalService<any>;

/** What a request can be about: a host, or its name as the client says it. */
export type Host = ServiceHost<any, any> | ExternalService<any> | string;

/** One request of a test. */
export interface RequestOf {
  /** Who sends it. @default 'outside' */
  readonly from?: Party;
  /** The host. */
  readonly to: Host;
  /** With its query. @default '/' */
  readonly path?: string;
  /** @default 'GET' */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** @default - the service's only port, or 80 at a gateway */
  readonly port?: number;
  /** The client itself speaks TLS. @default false */
  readonly tls?: boolean;
}

const REQUEST: Properties<RequestOf> = {
  from: 'any?',
  to: 'any',
  path: 'text?',
  method: 'text?',
  headers: 'map?',
  port: 'number?',
  tls: 'boolean?',
};

/** What the mesh of a trace has names for. */
interface Places {
  /** Workloads, services and hosts, with their namespace and without. */
  readonly names: ReadonlySet<string>;
  readonly versions: ReadonlySet<string>;
}
const PLACES = new WeakMap<Trace, Places>();

function placesOf(model: MeshModel): Places {
  const names = new Set<string>();
  const versions = new Set<string>();
  for (const w of model.workloads) {
    for (const n of [w.config.name, w.config.name.replace(/-[^-]+$/, '')]) names.add(n).add(`${w.namespace}/${n}`);
    if (w.labels.version !== undefined) versions.add(w.labels.version);
  }
  for (const s of model.services) names.add(s.host).add(s.name).add(`${s.namespace}/${s.name}`);
  for (const r of model.of('DestinationRule')) for (const s of r.spec.subsets ?? []) versions.add(s.name);
  return { names, versions };
}

/**
 * Throws where a name is that of nothing in the trace's mesh: that a request does not reach what is not there says nothing.
 * @param name `'shop/page'`, `'shop/page@v2'`, a version, a host
 */
export function checkPlace(t: Trace, name: string): void {
  const places = PLACES.get(t);
  if (!places) return;
  const { names, versions } = places;
  const [place, version] = name.split('@', 2) as [string, string | undefined];
  const known =
    version === undefined
      ? names.has(place) || versions.has(place) || names.has(withoutPort(place))
      : names.has(place) && versions.has(version);
  if (!known) throw new Error(`there is no ${quoted([name])} in this mesh${didYouMean(name, [...names, ...versions])}`);
}

/** A mesh that requests are sent to in tests; nothing runs. */
export class TestMesh {
  private readonly places: Places;

  /** @internal */
  constructor(private readonly model: MeshModel) {
    this.places = placesOf(model);
  }

  /** What happens to a request: hand it to `expect`. Throws when the client or the port cannot be told. */
  request(r: RequestOf): Trace {
    checkProperties(r, REQUEST, 'the request');
    const client = findClient(this.model, clientName(r.from ?? 'outside'));
    const host = typeof r.to === 'string' ? r.to : r.to.host;
    const tls = r.tls === true;
    const request = requestTo(host, r.port ?? portOf(this.model, host, client, tls, 'port'), {
      method: r.method ?? 'GET',
      path: r.path ?? '/',
      headers: headerLines(r.headers ?? {}),
      ...(tls ? helloTo(withoutPort(host)) : {}),
    });
    return this.traced(client, request);
  }

  /** The routes of a host as a client's proxy has them, in order: a text for a snapshot that a person can read. */
  routes(r: { readonly from: Party; readonly to: Host; readonly port?: number }): string {
    const client = findClient(this.model, clientName(r.from));
    const host = typeof r.to === 'string' ? r.to : r.to.host;
    const port = r.port ?? portOf(this.model, host, client, false, 'port');
    return routesText(this.model, client, host, port);
  }

  /** Requests about a host that meet and just miss what its routes ask for: for properties that hold of all requests. */
  requests(r: RequestOf, o: { readonly count?: number; readonly seed?: number } = {}): Trace[] {
    const first = this.request(r);
    return variations(this.model, first, o.count ?? 200, o.seed ?? 1).map((q) => this.traced(first.client, q));
  }

  private traced(client: Client, request: TraceRequest): Trace {
    const t = trace(this.model, client, request, { isSigned });
    PLACES.set(t, this.places);
    return t;
  }
}

/** A client's name as `mesh trace` takes it. */
export function clientName(p: Party): string {
  if (typeof p === 'string') return p;
  if (p instanceof Version) return `${p.service.namespace}/${p.service.name}@${p.name}`;
  if (p instanceof ServiceHost) return `${p.namespace}/${p.name}`;
  const at = (p as unknown as { objectNamespace?: string }).objectNamespace;
  return `gateway:${at ?? p.namespace}/${p.name}`;
}

/** A place's name: that of a client, or the host outside. */
export const placeName = (p: Place): string => (p instanceof ExternalService ? p.host : clientName(p));

/**
 * The mesh of an app, a chart, or of files and folders of YAML.
 * @throws when something cannot be read, or Istio's webhook would refuse it
 */
export function meshOf(of: App | Chart | string | readonly string[], options: ModelOptions = {}): TestMesh {
  const manifests =
    typeof of === 'string' || Array.isArray(of) ? fromFiles(typeof of === 'string' ? [of] : of) : fromApp(of as App | Chart);
  for (const m of manifests) {
    const reason = refused(m);
    if (reason !== undefined) throw new Error(`${m.kind} "${m.name}" would be refused: ${reason}`);
  }
  return new TestMesh(new MeshModel(manifests, options));
}

function fromFiles(paths: readonly string[]): readonly Manifest[] {
  const { manifests, unreadable } = readManifests(paths);
  if (unreadable.length > 0) throw new Error(unreadable.map((u) => `${placeText(u.place)} ${u.message}`).join('\n'));
  return manifests;
}

/** Objects of an app with the construct that made each, and its line. Validates as synth does. */
function fromApp(of: App | Chart): readonly Manifest[] {
  const charts = 'charts' in of ? of.charts.filter((c) => c.node.scope === of) : [of];
  for (const c of charts) Testing.synth(c);
  const model = AppModel.find(of.node.root as Construct);
  return charts.flatMap((c) =>
    objectsOf(c).map((o) => {
      const place = () => ({ file: o.node.path, line: 0, column: 0 });
      const made = (path: FieldPath = []) => {
        const parts = model?.parts.get(o)?.() ?? {};
        for (let n = path.length; n > 0; n--) {
          const [part] = parts[path.slice(0, n).join('.')] ?? [];
          if (part) return said(part);
        }
        const maker = [...o.node.scopes].reverse().find((s) => model?.origins.has(s as Construct));
        return said({ construct: o.node.path, source: maker && model?.origins.get(maker as Construct)?.source });
      };
      const object = JSON.parse(JSON.stringify(o.toJson()));
      withoutNulls(object);
      const bad = misshapen(object);
      if (bad) throw new Error(`"${o.node.path}": ${fieldText(bad.path)} ${bad.message}`);
      return { ...manifestOf(object, place), made };
    }),
  );
}

const said = ({ construct, source }: { readonly construct: string; readonly source?: string | undefined }) => ({
  construct,
  ...(source ? { source } : {}),
});
