import type { KubeObject } from '../manifests';
import { pathOf } from './app';
import { expectCode, expectEqual } from './expect';
import type { Lab } from './lab';

/** A release in which a controller moves the weights of the VirtualService `web`. */
export interface Moving {
  readonly namespace: string;
  /** What the files say: a hundred to none, and of the routes a timeout. */
  objects(timeout?: string): readonly KubeObject[];
  /** The controller gives such a share to the second of both. */
  moves(share: number): Promise<unknown>;
}

/** The route of the VirtualService `web` that is live. */
export async function liveRoute(lab: Lab, { namespace, objects }: Moving): Promise<any> {
  const web = objects().find((o) => o.kind === 'VirtualService' && o.metadata.namespace === namespace)!;
  return (await lab.server.get(pathOf(web))).spec.http[0];
}

/** Weights stay as the controller sets them: status tells them, a plan finds nothing to do, what else changes is written. */
export async function expectWeightsStay(lab: Lab, moving: Moving): Promise<void> {
  const { namespace, objects, moves } = moving;
  await moves(30);
  const status = await lab.status(namespace, objects());
  expectCode(status, 0);
  expectEqual(
    'drift',
    status.json.drift.map((d: any) => `${d.kind} ${d.object}`),
    [`weights VirtualService/${namespace}/web`],
  );
  expectCode(await lab.plan(namespace, objects()), 0);
  expectCode(await lab.apply(namespace, objects('3s')), 0);
  const { route, timeout } = await liveRoute(lab, moving);
  expectEqual('the route', [route.map((r: any) => r.weight), timeout], [[70, 30], '3s']);
  // and the controller goes on
  await moves(60);
  expectCode(await lab.plan(namespace, objects('3s')), 0);
  expectEqual(
    'weights',
    (await liveRoute(lab, moving)).route.map((r: any) => r.weight),
    [40, 60],
  );
}
