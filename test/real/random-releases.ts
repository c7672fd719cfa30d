import type { Chart } from 'cdk8s';
import { Cpu } from 'cdk8s-plus-27';
import {
  CanaryRelease,
  FaultInjection,
  HeaderRoutedDevEnv,
  header,
  type IngressGateway,
  MeshService,
  Port,
  path,
  type RolloutStep,
} from '../../src';
import type { Ask, Question } from './random-app';

interface Around {
  /** Where the services live. */
  readonly chart: Chart;
  /** Who calls them. */
  readonly page: MeshService<any, any>;
  readonly gateway: IngressGateway | undefined;
  /** The pods that questions are asked from. */
  readonly caller: Question['client'];
  /** Draws of their own, so that the rest of an app is the same with and without them. */
  readonly next: () => number;
  readonly use: (name: 'release by Flagger' | 'release by Argo Rollouts') => void;
}

/** Services whose releases are left to controllers, with what may be said about their hosts besides, and what to ask of those with two ports. */
export function randomReleases({ chart, page, gateway, caller, next, use }: Around): readonly Ask[] {
  const maybe = (p: number) => next() < p;
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!;
  const resources = { cpu: { request: Cpu.millis(100) } };
  const service = (id: string, own: object, timeout: boolean, also?: Port<'http'>) => {
    const port = pick([Port.http(7080), Port.grpc(7080), Port.http(80, { target: 7080 })]);
    const made = new MeshService(chart, id, {
      ports: also ? [port, also] : [port],
      versions: { live: { image: `${id.toLowerCase()}:1`, ...own } },
      calls: [],
      ...(timeout ? { callPolicy: { timeout: '3s', circuitBreaker: { maxRequests: 50, eject: { after: 3 } } } } : {}),
    });
    page.mayCall(made);
    return made;
  };
  const more = (of: MeshService<'live', any>) => {
    if (maybe(0.4))
      new FaultInjection(chart, `${of.node.id}Alice`, {
        service: of as never,
        when: header('end-user').is('alice'),
        delay: '1s',
      });
    if (maybe(0.4))
      new HeaderRoutedDevEnv(chart, `${of.node.id}Env`, {
        name: `env-${of.name}`,
        header: 'x-env',
        forks: [of.fork({ image: 'x:2' })],
      });
  };
  if (maybe(0.5)) {
    use('release by Flagger');
    const own = maybe(0.5) ? { autoscale: { min: 2, max: 4 }, resources } : {};
    const shifted = service('Shifted', own, maybe(0.5));
    const props = { engine: 'flagger', service: shifted } as const;
    if (maybe(0.7))
      new CanaryRelease(chart, 'ShiftedRelease', { ...props, steps: [5, 25, 50], ...(maybe(0.5) ? { mirrorFirst: 10 } : {}) });
    else new CanaryRelease(chart, 'ShiftedRelease', { ...props, audience: header('x-beta').is('1'), iterations: 5 });
    more(shifted);
    if (maybe(0.5)) gateway?.route(path.prefix('/shifted'), shifted as never);
  }
  if (maybe(0.5)) {
    use('release by Argo Rollouts');
    const own = maybe(0.5) ? { autoscale: { max: 4 }, resources } : { replicas: 2 };
    const rolled = service('Rolled', own, maybe(0.5), maybe(0.5) ? Port.http(7081, { name: 'http-admin' }) : undefined);
    const atEdge = gateway !== undefined && maybe(0.5);
    const steps: RolloutStep[] = [{ setWeight: 5 }, { pause: pick(['10m', 'until promoted']) }];
    if (!atEdge && maybe(0.6))
      steps.push(
        { setHeaderRoute: { name: 'testers', when: header('x-tester').is('1') } },
        { setMirrorRoute: { name: 'copies', when: path.prefix('/api'), percent: 20 } },
      );
    const metrics = rolled.ports.some((p) => p.isHttp) ? { metrics: { prometheus: 'http://prometheus.istio-system:9090' } } : {};
    const release = { service: rolled, steps: [...steps, { setWeight: 50 }], ...metrics };
    new CanaryRelease(chart, 'RolledRelease', { engine: 'argo-rollouts', ...release });
    more(rolled);
    const [{ number: port }, also] = rolled.ports as [Port, Port?];
    if (atEdge) gateway.route(path.prefix('/rolled'), rolled as never, also ? { port } : {});
    if (also)
      return rolled.ports.map((p) => ({ client: caller, host: rolled.host, table: rolled.routes.table(), port: p.number }));
  }
  return [];
}
