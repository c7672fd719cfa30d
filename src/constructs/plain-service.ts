import * as kplus from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import type { Port } from '../values/port';
import { patchedLast } from './plus-object';

/** What a Service is made of. */
export interface ServiceParts {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Labels of its pods. */
  readonly selects: Readonly<Record<string, string>>;
  readonly ports: readonly Port[];
  /** @default - the chart's */
  readonly namespace?: string;
  /** Has no address of its own: its name is those of its pods; `at once` before they are ready, too. @default - has one */
  readonly headless?: 'when ready' | 'at once';
}

/** cdk8s-plus' Service without fields equal to Kubernetes' defaults, with the ports' protocols set. */
export class PlainService extends kplus.Service {
  constructor(
    scope: Construct,
    id: string,
    private readonly parts: ServiceParts,
  ) {
    const { name, labels, ports, namespace } = parts;
    super(scope, id, {
      metadata: { name, labels: { ...labels }, ...(namespace ? { namespace } : {}) },
      ports: ports.map((p) => ({ port: p.number, name: p.name, targetPort: p.target })),
    });
    patchedLast(this);
  }
  /** @internal */
  override _toKube(): any {
    const { type, externalIPs, clusterIp: _, ...spec } = super._toKube() as any;
    return {
      ...spec,
      ...(type === 'ClusterIP' ? {} : { type }),
      ...(externalIPs?.length ? { externalIPs } : {}),
      ...(this.parts.headless ? { clusterIP: 'None' } : {}),
      ...(this.parts.headless === 'at once' ? { publishNotReadyAddresses: true } : {}),
      selector: { ...this.parts.selects, ...spec.selector },
      ports: spec.ports.map((p: any) => {
        const port = this.parts.ports.find((m) => m.number === p.port);
        const { targetPort, protocol: _tcp, ...rest } = p;
        return {
          ...rest,
          ...(port ? { appProtocol: port.appProtocol } : {}),
          ...((targetPort?.value ?? targetPort) === p.port ? {} : { targetPort }),
        };
      }),
    };
  }
}
