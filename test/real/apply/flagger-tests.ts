import { readFileSync } from 'node:fs';
import { type KubeObject, parseManifests } from '../manifests';
import type { Report } from '../report';
import { deployment, hostOf, namespaceOf, pathOf, virtualService } from './app';
import { expectCode, expectEqual, expectSaid, said } from './expect';
import { until } from './harness-tests';
import type { Lab } from './lab';
import { expectWeightsStay, liveRoute } from './moved-weights';

/** Weights that Flagger moves while files say others; the lane does what Flagger does. */
export async function flaggerTests(lab: Lab, report: Report): Promise<void> {
  const { server } = lab;
  const namespace = lab.namespace('flagger');
  const host = (name: string) => hostOf(namespace, name);
  const canary = {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    metadata: { name: 'web', namespace },
    spec: {
      targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web-v1' },
      service: { name: 'web', port: 80, targetPort: 8080 },
      analysis: { interval: '10s', threshold: 3, stepWeight: 10, maxWeight: 50 },
    },
  } as KubeObject;
  const at = `/apis/flagger.app/v1beta1/namespaces/${namespace}/canaries/web`;
  const routes = (share: number, timeout?: string): KubeObject => {
    const made = virtualService(namespace, 'web', [
      { host: host('web-primary'), weight: 100 - share },
      { host: host('web-canary'), weight: share },
    ]);
    const [rule] = (made.spec as any).http;
    return { ...made, spec: { ...(made.spec as object), http: [{ ...rule, ...(timeout ? { timeout } : {}) }] } };
  };
  const objects = (timeout?: string): KubeObject[] => [
    namespaceOf(namespace),
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'web', namespace } },
    deployment(namespace, 'web', 'v1'),
    canary,
    routes(0, timeout),
  ];
  /** As the controller does: the whole object, under its own name. */
  const moves = async (share: number) => {
    const now = await server.get(pathOf(routes(0)));
    now.spec.http[0].route = (routes(share).spec as any).http[0].route;
    await server.must('PUT', `${pathOf(routes(0))}?fieldManager=flagger`, { type: 'application/json', value: now });
  };
  const moving = { namespace, objects, moves };
  await server.put(parseManifests(readFileSync(lab.controllerCrds, 'utf8')));
  await report.check('T17 a Canary is waited for until Flagger has made what is its own', async () => {
    const short = await lab.apply(namespace, objects(), ['--timeout', '1s']);
    expectCode(short, 3);
    expectSaid(said(short), `Canary/${namespace}/web`, 'is not initialized yet');
    const applying = lab.apply(namespace, objects());
    await until('there is a Canary', async () => (await server.get(at)) !== undefined);
    for (const name of ['web', 'web-primary', 'web-canary']) {
      const spec = { selector: { app: name }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] };
      const service = { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec };
      await server.apply(pathOf(service), service, 'flagger');
    }
    const value = { ...(await server.get(at)), status: { phase: 'Initialized', canaryWeight: 0 } };
    await server.must('PUT', `${at}/status?fieldManager=flagger`, { type: 'application/json', value });
    expectCode(await applying, 0);
  });
  await report.check('T17 weights that Flagger moves stay as it set them, and what else changes is written', async () => {
    await expectWeightsStay(lab, moving);
  });
  await report.check('T17 but not what somebody else writes there: that is refused', async () => {
    const theirs = await server.get(pathOf(routes(0)));
    theirs.spec.http[0].route = (routes(90).spec as any).http[0].route;
    await server.must('PUT', `${pathOf(routes(0))}?fieldManager=somebody`, { type: 'application/json', value: theirs });
    const refused = await lab.apply(namespace, objects('4s'));
    expectCode(refused, 3);
    expectSaid(said(refused), `VirtualService/${namespace}/web`, 'somebody');
    expectEqual('the timeout', (await liveRoute(lab, moving)).timeout, '3s');
  });
}
