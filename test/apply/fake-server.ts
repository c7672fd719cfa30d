import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A kind that the server has. */
export interface Kind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

const kind = (group: string, version: string, name: string, plural: string, namespaced = true): Kind => ({
  group,
  version,
  kind: name,
  plural,
  namespaced,
});
const KINDS: readonly Kind[] = [
  kind('', 'v1', 'Namespace', 'namespaces', false),
  kind('', 'v1', 'Service', 'services'),
  kind('', 'v1', 'Secret', 'secrets'),
  kind('coordination.k8s.io', 'v1', 'Lease', 'leases'),
  kind('', 'v1', 'PersistentVolume', 'persistentvolumes', false),
  kind('', 'v1', 'PersistentVolumeClaim', 'persistentvolumeclaims'),
  kind('apiextensions.k8s.io', 'v1', 'CustomResourceDefinition', 'customresourcedefinitions', false),
  kind('networking.istio.io', 'v1', 'VirtualService', 'virtualservices'),
  kind('networking.istio.io', 'v1', 'DestinationRule', 'destinationrules'),
];

/**
 * As much of an API server as the commands need, in memory: server-side apply by one manager, lists by label, deletion with
 * preconditions. What the real one does besides is tried in the real lane.
 */
export class FakeServer {
  readonly objects = new Map<string, any>(
    // as every cluster has it
    [
      [
        'namespaces /default',
        { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default', uid: 'd', resourceVersion: '1' } },
      ],
    ],
  );
  /** Each write: `PATCH /apis/…`. */
  readonly writes: string[] = [];
  /** How often each path was read. */
  readonly reads = new Map<string, number>();
  /** What it has. */
  kinds = KINDS;
  /** What the user may not do. */
  forbids = (_verb: string, _plural: string): boolean => false;
  /** Lines of the header by which it warns. */
  warns = (_method: string, _path: string): string[] => [];
  /** What it takes no write of, whoever writes it: `services shop/web`. */
  refuses = (_key: string): boolean => false;
  /** What a webhook makes of what is written. */
  mutates = (object: any): any => object;
  /** Whether it takes the user's credentials. */
  knows = (): boolean => true;
  /** After so many milliseconds it answers. */
  delays = 0;
  private version = 1;

  private constructor(private readonly server: Server) {
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      let text = '';
      request.on('data', (d) => {
        text += d;
      });
      request.on('end', () => {
        const { status, body } = this.answer(
          request.method!,
          new URL(request.url!, 'http://x'),
          text ? JSON.parse(text) : undefined,
        );
        const reply = () => {
          response.setHeader('warning', this.warns(request.method!, request.url!));
          response.writeHead(status, { 'content-type': 'application/json' });
          response.end(JSON.stringify(body));
        };
        if (this.delays > 0) setTimeout(reply, this.delays);
        else reply();
      });
    });
  }

  static async start(): Promise<FakeServer> {
    const server = createServer();
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    return new FakeServer(server);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  /** Writes a kubeconfig with the contexts `test` and `prod`. */
  kubeconfig(file: string): string {
    const { port } = this.server.address() as AddressInfo;
    writeFileSync(
      file,
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [{ name: 'c', cluster: { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true } }],
        users: [{ name: 'u', user: { token: 't' } }],
        contexts: ['test', 'prod'].map((name) => ({ name, context: { cluster: 'c', user: 'u' } })),
        'current-context': 'test',
      }),
    );
    return file;
  }

  private answer(method: string, { pathname, searchParams: q }: URL, body: any): { status: number; body: unknown } {
    if (!this.knows()) return failed(401);
    if (method === 'GET') this.reads.set(pathname, (this.reads.get(pathname) ?? 0) + 1);
    if (pathname === '/api' || pathname === '/apis') return { status: 200, body: discovery(this.kinds, pathname === '/api') };
    if (pathname.endsWith('selfsubjectaccessreviews')) {
      const { verb, resource } = body.spec.resourceAttributes;
      return { status: 201, body: { status: { allowed: !this.forbids(verb, resource) } } };
    }
    const [, group = '', version, namespace, plural, name] =
      /^\/api(?:s\/([^/]+))?\/(v1)(?:\/namespaces\/([^/]+)(?=\/))?\/([a-z]+)(?:\/([^/]+))?$/.exec(pathname) ?? [];
    const k = this.kinds.find((x) => x.group === group && x.version === version && x.plural === plural);
    if (!k) return failed(404);
    if (this.forbids(method === 'GET' ? 'get' : 'patch', k.plural)) return failed(403);
    if (method === 'GET' && name === undefined && this.forbids('list', k.plural)) return failed(403);
    const key = `${plural} ${namespace ?? ''}/${name ?? body?.metadata?.name}`;
    const known = this.objects.get(key);
    if (method === 'PATCH' && !q.get('dryRun') && this.refuses(key)) return failed(422);
    if (method !== 'GET' && plural !== 'leases' && !q.get('dryRun')) this.writes.push(`${method} ${key}`);
    switch (method) {
      case 'GET':
        return name
          ? known
            ? { status: 200, body: known }
            : failed(404)
          : { status: 200, body: this.list(k, namespace, q.get('labelSelector')) };
      case 'DELETE':
        if (known && body?.preconditions?.uid && body.preconditions.uid !== known.metadata.uid) return failed(409);
        this.objects.delete(key);
        return known ? { status: 200, body: known } : failed(404);
      default: {
        const made = this.mutates(this.made(k, body, known, q.get('fieldManager')));
        if (!q.get('dryRun')) this.objects.set(key, made);
        return { status: known ? 200 : 201, body: made };
      }
    }
  }

  private made(k: Kind, body: any, known: any, manager: string | null): any {
    const { managedFields: _, uid, resourceVersion, ...meta } = body.metadata;
    return {
      ...body,
      // which the server fills in, and nobody owns
      ...(k.plural === 'services' ? { spec: { internalTrafficPolicy: 'Cluster', ...body.spec } } : {}),
      metadata: {
        ...meta,
        uid: known?.metadata.uid ?? `uid-${++this.version}`,
        resourceVersion: String(++this.version),
        managedFields: manager
          ? [
              {
                manager,
                operation: 'Apply',
                apiVersion: k.group ? `${k.group}/v1` : 'v1',
                // each write is a second later
                time: new Date(Date.UTC(2026, 0, 1) + this.version * 1000).toISOString().replace('.000', ''),
                fieldsV1: owned({ ...body, metadata: meta }),
              },
            ]
          : [],
      },
    };
  }

  private list(k: Kind, namespace: string | undefined, selector: string | null): object {
    const [, label, not, value] = /^([^=!]+)(!?)=(.*)$/.exec(selector ?? '') ?? [];
    const items = [...this.objects]
      .filter(([key]) => key.startsWith(`${k.plural} ${namespace ? `${namespace}/` : ''}`))
      .map(([, o]) => o)
      .filter((o) => label === undefined || (o.metadata.labels?.[label] === value) !== (not === '!'));
    return { kind: `${k.kind}List`, metadata: { resourceVersion: String(this.version) }, items };
  }
}

/** Lists are one value, as those of Istio's kinds are. */
function owned({ apiVersion, kind: _, metadata: { name, namespace, ...metadata }, ...rest }: any): object {
  const tree = (value: unknown): object =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).map(([k, v]) => [`f:${k}`, tree(v)]))
      : {};
  return tree({ metadata, ...rest });
}

const failed = (status: number) => ({
  status,
  body: { kind: 'Status', status: 'Failure', reason: status === 404 ? 'NotFound' : 'Conflict', message: 'no' },
});

const discovery = (kinds: readonly Kind[], core: boolean) => ({
  kind: 'APIGroupDiscoveryList',
  items: [...new Set(kinds.map((k) => k.group))]
    .filter((g) => (g === '') === core)
    .map((name) => ({
      metadata: { name },
      versions: [
        {
          version: 'v1',
          resources: kinds
            .filter((k) => k.group === name)
            .map((k) => ({
              resource: k.plural,
              responseKind: { kind: k.kind },
              scope: k.namespaced ? 'Namespaced' : 'Cluster',
              verbs: ['get', 'list', 'patch', 'create', 'delete'],
            })),
        },
      ],
    })),
});
