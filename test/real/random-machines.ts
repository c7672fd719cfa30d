import type { Chart } from 'cdk8s';
import { Probe } from 'cdk8s-plus-27';
import { CanaryRelease, MeshService, Port, VmWorkload } from '../../src';
import type { Ask, ConstructName } from './random-app';

/** What is made of machines, from a random of its own. */
interface Machines {
  readonly chart: Chart;
  /** Calls what runs on machines. */
  readonly page: MeshService<any, any>;
  /** Labels and name of its pods. */
  readonly caller: Ask['client'];
  /** What the machines call. */
  readonly ratings: MeshService<any, any>;
  next(): number;
  use(name: ConstructName): void;
}

/** A service that runs on machines, at first or still, and what it is asked and asks. */
export function randomMachines({ chart, page, caller, ratings, next, use }: Machines): Ask[] {
  if (next() < 0.5) return [];
  use('VmWorkload');
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!;
  const place = {
    ...(next() < 0.5 ? { locality: pick(['eu', 'eu/a', 'eu/a/1']) } : {}),
    ...(next() < 0.5 ? { ports: { http: pick([9000, 9001]) } } : {}),
    ...(next() < 0.5 ? { serviceAccount: 'own' as const } : {}),
  };
  const readiness = pick([Probe.fromHttpGet('/ready'), Probe.fromTcpSocket(), undefined]);
  const vm =
    next() < 0.5
      ? VmWorkload.registering({ ...place, ...(readiness ? { readiness } : {}) })
      : VmWorkload.at(['192.0.2.10', { address: '192.0.2.11', locality: 'us/b' }], place);
  const both = next() < 0.7;
  const barn = new MeshService(chart, 'Barn', {
    port: Port.http(9080),
    versions: { vm, ...(both ? { v1: { image: 'barn:1' } } : {}) } as { vm: VmWorkload; v1: { image: string } },
    ...(both ? { defaultVersion: 'vm' } : {}),
    calls: [ratings],
  });
  page.mayCall(barn);
  if (both && next() < 0.7)
    new CanaryRelease(chart, 'OffTheMachines', {
      service: barn,
      stable: 'vm',
      canary: 'v1',
      percent: pick([1, 50, 100]),
    } as never);
  const labels = { app: 'barn', version: 'vm', 'app.kubernetes.io/name': 'barn', 'app.kubernetes.io/version': 'vm' };
  return [
    { client: caller, host: barn.host, table: barn.routes.table(), port: 9080 },
    {
      client: { kind: 'sidecar', namespace: barn.namespace, labels, name: 'barn-vm' },
      host: ratings.host,
      table: ratings.routes.table(),
      port: 9080,
    },
  ];
}
