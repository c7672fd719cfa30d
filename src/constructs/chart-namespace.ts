import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { dnsLabel } from '../values/names';

/** The chart's namespace, which the objects of a construct live in. Throws where there is none. */
export function namespaceOfChart(scope: Construct, what: string): string {
  const { namespace } = Chart.of(scope);
  if (!namespace)
    throw new Error(
      `${what} is in a chart without a namespace: host names need one, so pass { namespace: '…' } to chart "${Chart.of(scope).node.path}"`,
    );
  return dnsLabel(namespace, `namespace of chart "${Chart.of(scope).node.path}"`);
}

/** Whether the app has a chart in the namespace: it writes there, and nowhere else. */
export const ownsNamespace = (scope: Construct, namespace: string): boolean =>
  scope.node.root.node.findAll().some((c) => c instanceof Chart && c.namespace === namespace);
