// Generates imports/ from the CRDs of Istio and of release controllers: `npm run import`, `npm run import -- --check`,
// `npm run import -- FILE…`.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as kubernetes from '@kubernetes/client-node';
import { parseAllDocuments } from 'yaml';
import { kindSchemaModule } from './kind-schema';
import { type Crd, typesOf } from './schema-types';
import { shapesModule } from './shapes';

/** A file of a Go module. To bump: change version and checksum, run, and read the diff. */
interface Pin {
  readonly module: string;
  readonly version: string;
  readonly file: string;
  readonly sha256: string;
}

const ISTIO: Pin = {
  module: 'istio.io/api',
  version: 'v1.31.1',
  file: 'kubernetes/customresourcedefinitions.gen.yaml',
  sha256: 'c0ad59e008658765412badb836e73a523a355e3d792a32ad3c0711a728be5aff',
};

/** Controllers that move traffic while they release. Of theirs only the types of what we write are taken. */
const CONTROLLERS: readonly (Pin & { readonly kinds: readonly string[] })[] = [
  {
    module: 'github.com/argoproj/argo-rollouts',
    version: 'v1.10.1',
    file: 'manifests/crds/rollout-crd.yaml',
    sha256: '1562decc7b3720c31cbe382eeb62b6fbfd236f8e81a1f98644a9774d1e7d7933',
    kinds: ['Rollout'],
  },
  {
    module: 'github.com/argoproj/argo-rollouts',
    version: 'v1.10.1',
    file: 'manifests/crds/analysis-template-crd.yaml',
    sha256: 'bb41aa62329355c5ffb38031822b4515cc2f60c5a94fcae5df6099ddbf8c5a08',
    kinds: ['AnalysisTemplate'],
  },
  {
    module: 'github.com/fluxcd/flagger',
    version: 'v1.44.0',
    file: 'artifacts/flagger/crd.yaml',
    sha256: '8d7ad05c2d1d242c0cd4c25c5fb3ad0f75f10706da588aeeb950fe2858134630',
    kinds: ['Canary'],
  },
];

const OUT = join(__dirname, '..', 'imports');
const REFERENCE = 'https://istio.io/latest/docs/reference/config/';
const PAGES: Record<string, [page: string, what: string]> = {
  AuthorizationPolicy: ['security/authorization-policy/', 'Who may call a workload.'],
  DestinationRule: ['networking/destination-rule/', 'Subsets of a host, and the policy for calls to it.'],
  EnvoyFilter: ['networking/envoy-filter/', 'A patch to the configuration that istiod makes for Envoy.'],
  Gateway: ['networking/gateway/', 'Ports, hosts and TLS of a gateway workload.'],
  PeerAuthentication: ['security/peer_authentication/', 'Whether workloads take plain text, mutual TLS, or both.'],
  ProxyConfig: ['networking/proxy-config/', 'Settings of the proxies of some workloads.'],
  RequestAuthentication: ['security/request_authentication/', 'Which JSON Web Tokens a workload accepts.'],
  ServiceEntry: ['networking/service-entry/', 'A host that the mesh does not know by itself.'],
  Sidecar: ['networking/sidecar/', 'What a workload can reach, and so what its proxy has to hold.'],
  Telemetry: ['telemetry/', 'Metrics, access logs and traces of workloads.'],
  TrafficExtension: ['proxy_extensions/', 'An extension of the data path.'],
  VirtualService: ['networking/virtual-service/', 'Where requests to a host go.'],
  WasmPlugin: ['proxy_extensions/wasm-plugin/', 'A WebAssembly filter for workloads.'],
  WorkloadEntry: ['networking/workload-entry/', 'A single workload outside Kubernetes.'],
  WorkloadGroup: ['networking/workload-group/', 'A group of workloads outside Kubernetes.'],
  Canary: ['https://docs.flagger.app/usage/how-it-works', 'How Flagger releases a Deployment.'],
  AnalysisTemplate: [
    'https://argo-rollouts.readthedocs.io/en/stable/features/analysis/',
    'What is measured while Argo Rollouts releases.',
  ],
  Rollout: ['https://argo-rollouts.readthedocs.io/en/stable/features/specification/', 'How Argo Rollouts releases pods.'],
};

function fail(message: string): never {
  process.stderr.write(`error: ${message}\n`);
  process.exit(3);
}

const shaOf = (text: string) => createHash('sha256').update(text).digest('hex');

function source({ module, version, file }: Pin): string {
  try {
    const out = execFileSync('go', ['mod', 'download', '-json', `${module}@${version}`], {
      cwd: tmpdir(),
      encoding: 'utf8',
      env: { ...process.env, GOFLAGS: '-mod=mod' },
    });
    return join((JSON.parse(out) as { Dir: string }).Dir, file);
  } catch (e) {
    fail(
      `cannot get ${module} ${version} (${(e as Error).message.split('\n')[0]}); install Go, or pass the file ${file} of that module as an argument`,
    );
  }
}

const args = process.argv.slice(2);
const check = args.includes('--check');
const given = args.filter((a) => !a.startsWith('--'));
for (const file of given) if (!existsSync(file)) fail(`"${file}" does not exist`);
const texts = given.map((file) => ({ file, text: readFileSync(file, 'utf8') }));
for (const { file, text } of texts)
  if (![ISTIO, ...CONTROLLERS].some((pin) => pin.sha256 === shaOf(text)))
    fail(`"${file}" (sha256 ${shaOf(text)}) is none of the pinned files; to move a pin, change it in tools/import.ts`);

/** The documents of a pinned file: of one that was given, by its checksum, else of the module. */
function read(pin: Pin): Crd[] {
  const known = texts.find(({ text }) => shaOf(text) === pin.sha256)?.text;
  const text = known ?? readFileSync(source(pin), 'utf8');
  if (shaOf(text) !== pin.sha256)
    fail(
      `${pin.file} of ${pin.module} ${pin.version} is not the pinned one (sha256 ${shaOf(text)}, expected ${pin.sha256}); to move the pin, change it in tools/import.ts`,
    );
  return parseAllDocuments(text)
    .map((d) => d.toJS() as Crd)
    .filter(Boolean);
}

const crds = read(ISTIO);
const files = new Map<string, string>();
const controllers = CONTROLLERS.map((pin) => ({
  pin,
  crds: read(pin)
    .filter((c) => pin.kinds.includes(c.spec.names.kind))
    .map(withoutPods),
}));
const groupOf = (of: { readonly crds: readonly Crd[] }) => of.crds[0]!.spec.group;
const written: { readonly group: string; readonly pin: Pin; readonly crds: readonly Crd[] }[] = [
  ...[...new Set(crds.map((c) => c.spec.group))].map((group) => ({
    group,
    pin: ISTIO,
    crds: crds.filter((c) => c.spec.group === group),
  })),
  // one group's CRDs may be in several files
  ...[...new Set(controllers.map(groupOf))].map((group) => {
    const of = controllers.filter((c) => groupOf(c) === group);
    return { group, pin: of[0]!.pin, crds: of.flatMap((c) => c.crds) };
  }),
].sort((a, b) => (a.group < b.group ? -1 : 1));

/** Without the fields of pods and Jobs, which Kubernetes' own types have: they would be forty times the rest. */
function withoutPods(crd: Crd): Crd {
  for (const v of crd.spec.versions) {
    const { template, metrics } = v.schema.openAPIV3Schema.properties!.spec!.properties!;
    if (template) v.schema.openAPIV3Schema.properties!.spec!.properties!.template = { type: 'object' };
    const job = metrics?.items?.properties?.provider?.properties?.job;
    if (job) job.properties!.spec = { type: 'object' };
  }
  return crd;
}

for (const { group, pin, crds } of written) {
  const body: string[] = [];
  const kinds = [...crds].sort((a, b) => a.spec.names.kind.localeCompare(b.spec.names.kind));
  const { interfaces, kinds: rendered } = typesOf(kinds);
  for (const { kind, version } of rendered) {
    const [page, what] = PAGES[kind] ?? fail(`no reference page is known for kind "${kind}": add it to PAGES in tools/import.ts`);
    body.push(`/** Properties of {@link ${kind}}. */
export interface ${kind}Props {
  readonly metadata?: ApiObjectMetadata;
  readonly spec?: ${kind}Spec;
}

/**
 * ${what} \`${group}/${version}\`.
 * @see ${page.startsWith('https:') ? page : `${REFERENCE}${page}`}
 */
export class ${kind} extends IstioObject {
  static readonly GVK = { apiVersion: '${group}/${version}', kind: '${kind}' } as const;

  constructor(scope: Construct, id: string, props: ${kind}Props = {}) {
    super(scope, id, { ...${kind}.GVK, ...props });
  }
}
`);
  }
  files.set(
    `${group}.ts`,
    `// Generated by \`npm run import\` from ${pin.module} ${pin.version}. Do not edit.\nimport type { ApiObjectMetadata } from 'cdk8s';\nimport type { Construct } from 'constructs';\nimport { IstioObject } from './istio-object';\n\n${body.join('\n')}\n${interfaces.join('\n')}`,
  );
}
files.set(
  'shapes.ts',
  `// Generated by \`npm run import\` from ${ISTIO.module} ${ISTIO.version} and @kubernetes/client-node. Do not edit.\n${shapesModule(crds, kubernetes as never).text}`,
);
const generated = `// Generated by \`npm run import\` from ${ISTIO.module} ${ISTIO.version}. Do not edit.\n`;
const schemas = crds.map((crd) => {
  const { group, names, versions } = crd.spec;
  const served = versions.filter((v) => v.served);
  // one validator stands for all versions of a kind: they differ in name alone
  const [schema, ...others] = new Set(served.map((v) => JSON.stringify(v.schema.openAPIV3Schema.properties!.spec)));
  if (others.length > 0) fail(`the versions of ${names.kind} differ: tools/import.ts takes one schema for all of them`);
  const file = names.kind.replace(/(?<!^)[A-Z]/g, (c) => `-${c}`).toLowerCase();
  files.set(`schemas/${file}.ts`, `// @ts-nocheck\n${generated}${kindSchemaModule(JSON.parse(schema!))}`);
  const needsSpec = served[0]!.schema.openAPIV3Schema.required?.includes('spec') ?? false;
  return `  '${group}/${names.kind}': {
    versions: [${served.map((v) => `'${v.name}'`).join(', ')}],
    needsSpec: ${needsSpec},
    load: () => require('./${file}'),
  },\n`;
});
files.set(
  'schemas/index.ts',
  `${generated}import type { KindSchema } from './schema';

/** Istio's kinds, by \`group/kind\`: the versions that the API server serves, and the schema, which is loaded when it is asked for. */
export const SCHEMAS: Readonly<
  Record<string, { readonly versions: readonly string[]; readonly needsSpec: boolean; load(): KindSchema }>
> = {
${schemas.join('')}};
`,
);
files.set(
  'index.ts',
  `// Generated by \`npm run import\`. Do not edit.\nexport * from './istio-object';\n${written.map(({ group }) => `export * as ${group.split('.')[0]} from './${group}';\n`).join('')}`,
);

const pins = [...new Set([ISTIO, ...CONTROLLERS].map((p) => `${p.module} ${p.version}`))].join(', ');
const stale = [...files].filter(
  ([name, content]) => !existsSync(join(OUT, name)) || readFileSync(join(OUT, name), 'utf8') !== content,
);
if (check) {
  if (stale.length > 0) {
    process.stderr.write(`imports/ is stale: ${stale.map(([n]) => n).join(', ')}; run "npm run import"\n`);
    process.exit(1);
  }
  process.stdout.write(`imports/ is up to date with ${pins}\n`);
} else {
  for (const [name, content] of stale) {
    const target = join(OUT, name);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(`${target}.new`, content);
    renameSync(`${target}.new`, target);
  }
  process.stdout.write(
    `${written.flatMap((w) => w.crds).length} kinds of ${pins}: ${stale.length} of ${files.size} files written\n`,
  );
}
