import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { hostOf, namespaceOf } from '../apply/app';
import { Kubelet } from '../apply/kubelet';
import { endAll, type Lab } from '../apply/lab';
import type { RealContext } from '../lane';
import type { KubeObject } from '../manifests';
import { ControlPlane } from './control-plane';
import { LiveMesh } from './live-mesh';
import { POD_HEADER } from './pods';
import { ASKED, FIRST, releases } from './releases';
import { type Failure, Requests } from './requests';
import { bankOf, objectsOf, type Shop } from './shop';

/** Applies all objects of an app in a namespace, and takes away what dropped out. */
export type Tool = (namespace: string, objects: readonly KubeObject[]) => Promise<void>;

/** What became of the requests while one release was applied. */
export interface Released {
  readonly name: string;
  readonly answered: number;
  readonly failures: readonly Failure[];
  /** Pods that answer afterwards and should not, or the other way round. */
  readonly wrong: readonly string[];
  /** How long the tool took, in milliseconds. */
  readonly took: number;
}

/** What is there after the last release: requests go on. */
export interface World {
  readonly plane: ControlPlane;
  readonly requests: Requests;
  /** The objects of an app. */
  objects(shop: Shop): readonly KubeObject[];
}

/** How much later than the first the second sidecar is told, in milliseconds. */
const LATE_MS = 1_500;
/** So long nothing may change before a release counts as done. */
const QUIET_MS = 1_000;
/** After so many answers for each host the pods that answer are known. */
const ANSWERS = 40;
const READY_MS = 1_000;

/**
 * Applies the releases of the app with a tool, one after the other, under constant requests through two sidecars.
 * @param then what is tried after the last of them
 */
export async function underTraffic(
  { components }: RealContext,
  lab: Lab,
  namespace: string,
  tool: Tool,
  progress: (text: string) => void,
  then: (world: World) => Promise<void> = async () => {},
): Promise<readonly Released[]> {
  const bank = await startBank();
  await lab.server.put([namespaceOf(namespace)]);
  lab.controllers.readiness = () => READY_MS;
  const mesh = await LiveMesh.start(lab.server, namespace);
  let plane: ControlPlane | undefined;
  let requests: Requests | undefined;
  let kubelet: Kubelet | undefined;
  try {
    const first = objectsOf(namespace, FIRST, bank.port);
    progress(`an app of ${first.length} objects`);
    await tool(namespace, first);
    await mesh.complete();
    plane = await ControlPlane.start(lab.server, mesh.pods, namespace, components, LATE_MS);
    await plane.synced(QUIET_MS);
    // two pods of istiod, each of which knows of one sidecar alone
    kubelet = await Kubelet.start(lab.server, Object.fromEntries(plane.istiods.map((i) => [i.name, i.monitoring])));
    const hosts = [...ASKED.map((name) => hostOf(namespace, name)), bankOf(namespace)];
    requests = new Requests(
      plane.sidecars,
      hosts.map((host) => ({ host, address: () => mesh.address(host) })),
    );
    const out: Released[] = [];
    await answers(requests, ANSWERS * hosts.length);
    for (const { name, after, serves } of releases()) {
      const [answered, failed] = [requests.answered, requests.failures.length];
      const began = Date.now();
      await tool(namespace, objectsOf(namespace, after, bank.port));
      const took = Date.now() - began;
      await mesh.complete();
      await plane.synced(QUIET_MS);
      requests.forgetPods();
      await answers(requests, ANSWERS * hosts.length);
      const wrong = Object.entries(serves).flatMap(([service, pods]) => {
        const real = requests!.podsOf(hostOf(namespace, service)).join(', ');
        return real === pods.join(', ') ? [] : [`${service} is answered for by ${real || 'nobody'}, not by ${pods.join(', ')}`];
      });
      out.push({ name, answered: requests.answered - answered, failures: requests.failures.slice(failed), wrong, took });
      const last = out.at(-1)!;
      progress(`${name}: ${last.failures.length} of ${last.answered} answers are no 200, ${Math.round(took / 100) / 10} s`);
    }
    await then({ plane, requests, objects: (shop) => objectsOf(namespace, shop, bank.port) });
    return out;
  } finally {
    lab.controllers.readiness = () => 0;
    await endAll([() => kubelet?.stop(), () => requests?.stop(), () => plane?.stop(), () => mesh.stop(), () => bank.close()]);
  }
}

/** Until so many more answers have come. */
async function answers(requests: Requests, count: number): Promise<void> {
  for (const until = requests.answered + count; requests.answered < until; ) await pause(50);
}

/** A server outside the mesh. */
async function startBank(): Promise<{ readonly port: number; close(): Promise<void> }> {
  const server = createServer({ keepAliveTimeout: 300_000 }, (request, response) => {
    request.resume();
    request.once('end', () => response.writeHead(200, { [POD_HEADER]: 'bank' }).end('ok'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
