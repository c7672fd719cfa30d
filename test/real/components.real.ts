import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Finding } from './istio';
import { expectAccepted, expectNoFindings, expectValid } from './judge';
import type { RealContext } from './lane';
import { type KubeObject, parseManifests } from './manifests';
import { temporaryFolder } from './processes';
import type { Report } from './report';
import { must, run as runProgram } from './setup/tools';
import { versions } from './setup/versions';

export const name = 'components';

const GOOD = `
apiVersion: v1
kind: Namespace
metadata: { name: probe, labels: { istio-injection: enabled } }
---
apiVersion: v1
kind: Service
metadata: { name: a, namespace: probe }
spec: { selector: { app: a }, ports: [{ name: http, port: 80 }] }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: a, namespace: probe }
spec:
  selector: { matchLabels: { app: a } }
  template: { metadata: { labels: { app: a } }, spec: { containers: [{ name: a, image: 'a:1' }] } }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: a, namespace: probe }
spec:
  hosts: [a.probe.svc.cluster.local]
  http: [{ route: [{ destination: { host: a.probe.svc.cluster.local } }] }]
`;

/** Each is GOOD with one fault, and the part of a message that must come of it. */
const FAULTS = {
  unknownField: { yaml: GOOD.replace('http: [{ route:', 'http: [{ rooute: 1, route:'), says: 'field not declared in schema' },
  celRule: {
    yaml: GOOD.replace('http: [{ route:', 'http: [{ timeout: 0s, route:'),
    says: 'must be a valid duration greater than 1ms',
  },
  missingHost: { yaml: GOOD.replace('{ host: a.probe', '{ host: b.probe'), says: 'IST0101' },
  redirectAndRoute: {
    yaml: GOOD.replace('http: [{ route:', 'http: [{ redirect: { uri: /x }, route:'),
    says: 'HTTP route cannot contain both',
  },
} as const;

/** True if it throws an error that holds the text. */
async function throws(text: string, act: () => unknown | Promise<unknown>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if ((error as Error).message.includes(text)) return;
    throw new Error(`"${text}" is not in: ${(error as Error).message}`);
  }
  throw new Error(`it passes, where "${text}" should be said`);
}

const codes = (findings: readonly Pick<Finding, 'code'>[]) => findings.map(({ code }) => code).sort();

/** Proves that the components are those that we pin, that they accept what is right, and that each sees what is wrong. */
export async function run({ apiserver, istio, components }: RealContext, report: Report): Promise<void> {
  const apply = async (yaml: string) => expectAccepted(await apiserver.apply(parseManifests(yaml)));
  await report.check(`the API server is ${versions.kubernetes.version}, with Istio's CRDs, and accepts a good app`, async () => {
    const { gitVersion } = (await apiserver.send('GET', '/version')).body as { gitVersion: string };
    if (gitVersion !== `v${versions.kubernetes.version}`) throw new Error(`it is ${gitVersion}`);
    await apply(GOOD);
  });
  await report.check('it stores what was applied, and forgets it', async () => {
    const url = '/apis/networking.istio.io/v1/namespaces/probe/virtualservices/a';
    const stored = (await apiserver.send('GET', url)).body as KubeObject;
    if (stored.metadata.name !== 'a') throw new Error(JSON.stringify(stored));
    await apiserver.reset();
    const { status } = await apiserver.send('GET', url);
    if (status !== 404) throw new Error(`it is still there: ${status}`);
  });
  await report.check('it sees an unknown field', () => throws(FAULTS.unknownField.says, () => apply(FAULTS.unknownField.yaml)));
  await report.check('it sees a broken CEL rule', () => throws(FAULTS.celRule.says, () => apply(FAULTS.celRule.yaml)));
  await apiserver.reset();

  const [good, bad] = await istio.analyze([
    { id: 'good', yaml: GOOD },
    { id: 'bad', yaml: FAULTS.missingHost.yaml },
  ]);
  await report.check('the analyzers find nothing in a good app', () => good && expectNoFindings(good));
  await report.check('they see a missing host', () => throws(FAULTS.missingHost.says, () => bad && expectNoFindings(bad)));
  await report.check('the real istioctl says what they say of files alone', async () => {
    const file = path.join(await temporaryFolder('istioctl'), 'app.yaml');
    writeFileSync(file, FAULTS.celRule.yaml);
    const { stdout } = await istio.istioctl(['analyze', '--use-kube=false', '--all-namespaces', '--output', 'json', file]);
    const [analysis] = await istio.analyze([{ id: 'file', yaml: FAULTS.celRule.yaml }]);
    const [binary, inProcess] = [codes(JSON.parse(stdout)), codes(analysis?.cli ?? [])];
    if (inProcess.length === 0 || !isDeepStrictEqual(binary, inProcess)) throw new Error(`${binary} against ${inProcess}`);
  });

  const [valid, invalid] = await istio.validate([
    { id: 'good', yaml: GOOD },
    { id: 'bad', yaml: FAULTS.redirectAndRoute.yaml },
  ]);
  await report.check("istiod's validation accepts it", () => expectValid(valid ?? []));
  await report.check('it sees a route with a redirect', () =>
    throws(FAULTS.redirectAndRoute.says, () => expectValid(invalid ?? [])),
  );
  await report.check(`etcd is ${versions.etcd.version}, Envoy is ${versions.envoy.version}`, async () => {
    const etcd = await must('etcd', 'see its error', components.etcd, ['--version']);
    if (!etcd.includes(versions.etcd.version)) throw new Error(etcd);
    const envoy = await runProgram(components.envoy, ['--version']);
    if (!envoy.stdout.includes(`/${versions.envoy.version}/`)) throw new Error(envoy.stdout + envoy.stderr);
  });
}
