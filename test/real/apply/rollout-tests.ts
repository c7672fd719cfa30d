import type { KubeObject } from '../manifests';
import type { Report } from '../report';
import { pathOf } from './app';
import { customResource } from './custom-resource';
import { expectCode, expectSaid, said } from './expect';
import { allAvailable } from './harness-tests';
import type { Lab } from './lab';
import { expectWeightsStay } from './moved-weights';
import { split, withSplit } from './split';

/** As much of Argo's CustomResourceDefinition as is looked at. */
const ROLLOUT = customResource('Rollout', {
  group: 'argoproj.io',
  version: 'v1alpha1',
  schema: { 'x-kubernetes-preserve-unknown-fields': true },
  subresources: { status: {} },
});

/** As Argo's controller does once the pods are there: waits for the Rollout, and says so. */
async function says(lab: Lab, namespace: string, status: object): Promise<void> {
  const at = `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/rollouts/web`;
  for (;;) {
    const rollout = await lab.server.get(at).catch(() => undefined);
    if (rollout) {
      const value = { ...rollout, status: { observedGeneration: String(rollout.metadata.generation), ...status } };
      await lab.server.must('PUT', `${at}/status?fieldManager=rollouts-controller`, { type: 'application/json', value });
      return;
    }
    await new Promise((again) => setTimeout(again, 100));
  }
}

/** Weights that Argo Rollouts moves while files say others; the lane does what its controller does. */
export async function rolloutTests(lab: Lab, report: Report): Promise<void> {
  const { server } = lab;
  await report.check('T17 weights that a Rollout moves stay as it set them, and what else changes is written', async () => {
    const namespace = lab.namespace('rollout');
    const rollout = {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Rollout',
      metadata: { name: 'web', namespace },
      spec: { strategy: { canary: { trafficRouting: { istio: { virtualService: { name: 'web' } } } } } },
    };
    const objects = (timeout?: string) => [
      ROLLOUT,
      rollout as unknown as KubeObject,
      ...withSplit(namespace, 0).map((o) => {
        if (o.kind !== 'VirtualService' || timeout === undefined) return o;
        const { http } = o.spec as { http: object[] };
        return { ...o, spec: { ...(o.spec as object), http: http.map((r) => ({ ...r, timeout })) } };
      }),
    ];
    const short = await lab.apply(namespace, objects(), ['--timeout', '1s']);
    expectCode(short, 3);
    expectSaid(said(short), `Rollout/${namespace}/web`, 'its controller has not seen it yet');
    await says(lab, namespace, { phase: 'Progressing', availableReplicas: 0 });
    expectCode(await lab.status(namespace, objects()), 1);
    const [applied] = await Promise.all([
      lab.apply(namespace, objects()),
      new Promise((later) => setTimeout(later, 2000)).then(() =>
        says(lab, namespace, { phase: 'Healthy', availableReplicas: 1 }),
      ),
    ]);
    expectCode(applied, 0);
    await allAvailable(lab, namespace);
    const at = pathOf(split(namespace, 0));
    // as the controller does: the whole object, under its own name
    const moves = async (share: number) => {
      const moved = await server.get(at);
      for (const [i, weight] of [100 - share, share].entries()) moved.spec.http[0].route[i].weight = weight;
      await server.must('PUT', `${at}?fieldManager=rollouts-controller`, { type: 'application/json', value: moved });
    };
    await expectWeightsStay(lab, { namespace, objects, moves });
  });
}
