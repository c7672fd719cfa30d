import { App, Chart } from 'cdk8s';
import { LoadBalancer, MeshService, Port, VmWorkload } from '../../../src';
import type { Locality } from '../../../src/constructs/locality';
import type { KubeObject } from '../manifests';
import { random } from '../random-app';

const PLACES = ['eu/a/1', 'eu/a/2', 'eu/b/1', 'us/a/1', 'us/b/1', 'ap/a/1'];

/** A service on machines in several places, and a client in one. */
export interface PlacedCase {
  readonly id: string;
  readonly objects: KubeObject[];
  readonly from: string;
}

/** Catalog on one machine in each of the places, called as `locality` says. */
export function placed(
  id: string,
  places: readonly string[],
  locality: Locality | undefined,
  from: string,
  ports: readonly (number | undefined)[] = [],
): PlacedCase {
  const app = new App();
  const chart = new Chart(app, 'shop', { namespace: 'shop' });
  const { roundRobin } = LoadBalancer;
  const machines = places.map((p, i) => ({
    address: `192.0.2.${i + 1}`,
    locality: p,
    ...(ports[i] === undefined ? {} : { ports: { http: ports[i] } }),
  }));
  const catalog = new MeshService(chart, 'Catalog', {
    port: Port.http(8080),
    versions: { v1: VmWorkload.at(machines) },
    callPolicy: {
      loadBalancer: locality ? roundRobin.byLocality(locality) : roundRobin,
      circuitBreaker: { eject: { after: 2, every: '1s', forAtLeast: '60s', atMost: 100 } },
    },
  });
  new MeshService(chart, 'Desk', {
    port: Port.http(8080),
    versions: { v1: VmWorkload.at(['192.0.2.99'], { locality: from }) },
  }).mayCall(catalog);
  app.synthYaml();
  return { id, objects: chart.toJson() as KubeObject[], from };
}

/** Any places, any setting. */
export function randomPlaced(seed: number): PlacedCase {
  const next = random(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!;
  const places = Array.from({ length: 2 + Math.floor(next() * 5) }, () => pick(PLACES));
  const from = pick(PLACES);
  const [a, b] = [pick(['eu/*', 'eu/a/*', 'eu/b/*']), pick(['us/*', 'ap/*', 'us/a/1', 'us'])];
  const share = pick([1, 20, 50, 99]);
  const locality = pick<Locality | undefined>([
    undefined,
    { failover: { eu: pick(['us', 'ap']) } },
    { failover: { eu: 'us', us: 'ap', ap: 'eu' } },
    { distribute: { [pick(['eu', 'eu/a', 'eu/a/*', '*'])]: { [a]: share, [b]: 100 - share } } },
  ]);
  const ports = places.map(() => pick([undefined, 9000, 9001]));
  return placed(String(seed), places, locality, from, ports);
}
