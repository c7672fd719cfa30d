import * as kplus from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import type { Port } from '../values/port';
import { patchedLast } from './plus-object';

/** cdk8s-plus' Service without fields equal to Kubernetes' defaults, with the ports' protocols set. */
export class PlainService extends kplus.Service {
  constructor(
    scope: Construct,
    id: string,
    name: string,
    labels: Readonly<Record<string, string>>,
    private readonly selects: Readonly<Record<string, string>>,
    private readonly meshPorts: readonly Port[],
    namespace?: string,
  ) {
    super(scope, id, {
      metadata: { name, labels: { ...labels }, ...(namespace ? { namespace } : {}) },
      ports: meshPorts.map((p) => ({ port: p.number, name: p.name, targetPort: p.target })),
    });
    patchedLast(this);
  }
  /** @internal */
  override _toKube(): any {
    const { type, externalIPs, ...spec } = super._toKube() as any;
    return {
      ...spec,
      ...(type === 'ClusterIP' ? {} : { type }),
      ...(externalIPs?.length ? { externalIPs } : {}),
      selector: { ...this.selects, ...spec.selector },
      ports: spec.ports.map((p: any) => {
        const port = this.meshPorts.find((m) => m.number === p.port);
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
