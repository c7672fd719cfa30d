import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { exampleFolders } from './examples.real';
import { isGateway } from './injector';
import type { RealContext } from './lane';
import { registered } from './machines';
import { type KubeObject, parseManifests, readYaml } from './manifests';
import { askIstiod } from './oracle/istiod';
import type { OracleClient } from './oracle/types';
import { endpointsOf, type Xds } from './oracle/xds';
import { releaseStates } from './release-states';
import { expectNone, type Report } from './report';
import { manyServices } from './scopes/many-services';
import { type Counts, type Row, tableOf, withTable } from './scopes/table';

export const name = 'scopes';

const PAGE = 'docs/sidecar-scopes.md';
/** Proxies of a large mesh that are asked: all are alike. */
const ASKED = 1;

/** What istiod sends to each proxy with a scope, and what it would send without: the page's table says just that. */
export async function run({ repository, components }: RealContext, report: Report): Promise<void> {
  const meshes = [
    ...exampleFolders(repository).map((folder) => ({
      id: `[${path.basename(folder)}](../examples/${path.basename(folder)})`,
      objects: releaseStates(registered(parseManifests(readYaml(folder))))[0]!.objects as KubeObject[],
      most: Number.POSITIVE_INFINITY,
    })),
    ...[100, 1_000].map((n) => ({ id: `${n.toLocaleString('en')} services`, objects: manyServices(n), most: ASKED })),
  ];
  const rows: Row[] = [];
  for (const { id, objects, most } of meshes) {
    const clients = scoped(objects).slice(0, most);
    if (clients.length === 0) continue;
    const without = objects.filter((o) => o.kind !== 'Sidecar');
    const [now, then] = [await sent(components.oracle, objects, clients), await sent(components.oracle, without, clients)];
    rows.push({
      mesh: id,
      services: objects.filter((o) => o.kind === 'Service').length,
      proxies: clients.length,
      now,
      without: then,
    });
    report.progress(`${id}: ${now.clusters} of ${then.clusters} clusters, ${now.endpoints} of ${then.endpoints} endpoints`);
  }
  await report.check(`a scope spares each of ${rows.length} meshes clusters, and adds none`, () =>
    expectNone(
      'not smaller',
      rows.filter((r) => r.now.clusters > r.without.clusters || r.now.endpoints > r.without.endpoints).map((r) => r.mesh),
    ),
  );
  const file = path.join(repository, PAGE);
  const page = readFileSync(file, 'utf8');
  const counted = withTable(page, tableOf(rows));
  if (process.env.UPDATE_OUTPUT) writeFileSync(file, counted);
  await report.check(`${PAGE} says what was counted (UPDATE_OUTPUT=1 writes it)`, () => {
    if (!process.env.UPDATE_OUTPUT && page !== counted) throw new Error(`counted:\n${tableOf(rows)}`);
  });
}

/** Pods that a Sidecar is about by their labels: those of services that declare their calls. */
function scoped(objects: readonly any[]): OracleClient[] {
  const sidecars = objects.filter((o) => o.kind === 'Sidecar' && o.spec.workloadSelector);
  const isScoped = (namespace: string, labels: Record<string, string>) =>
    sidecars.some(
      (s) =>
        s.metadata.namespace === namespace && Object.entries(s.spec.workloadSelector.labels).every(([k, v]) => labels[k] === v),
    );
  return objects
    .filter((o) => o.kind === 'Deployment' && !isGateway(o) && isScoped(o.metadata.namespace, o.spec.template.metadata.labels))
    .map(({ metadata, spec }) => ({
      kind: 'sidecar',
      name: metadata.name,
      namespace: metadata.namespace,
      labels: spec.template.metadata.labels,
    }));
}

/** The sum over the proxies. */
async function sent(oracle: string, objects: readonly KubeObject[], clients: readonly OracleClient[]): Promise<Counts> {
  const mesh = objects.map((o) => JSON.stringify(o)).join('\n---\n');
  const answers = await askIstiod(
    oracle,
    clients.map((client, i) => ({ id: String(i), mesh, client, requests: [] })),
  );
  return answers.map(counts).reduce((a, b) => ({ clusters: a.clusters + b.clusters, endpoints: a.endpoints + b.endpoints }));
}

/** Clusters for calls to others, and the endpoints in them. What each proxy has for itself (its own ports, DNS, Zipkin) does not count. */
function counts(xds: Xds): Counts {
  if (xds.error || xds.invalid) throw new Error(xds.error ?? String(xds.invalid));
  const outbound = (xds.clusters ?? []).filter((c) => c.name.startsWith('outbound|'));
  return { clusters: outbound.length, endpoints: outbound.reduce((n, c) => n + endpointsOf(xds, c).length, 0) };
}
