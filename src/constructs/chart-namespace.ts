import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { dnsLabel } from '../values/names';
import { AppModel } from './app-model';

/** The chart's namespace, which the objects of a construct live in. Throws where there is none. */
export function namespaceOfChart(scope: Construct, what: string): string {
  const chart = Chart.of(scope);
  if (!chart.namespace)
    throw new Error(
      `${what} is in a chart without a namespace: host names need one, so pass { namespace: '…' } to chart "${chart.node.path}"`,
    );
  const namespace = dnsLabel(chart.namespace, `namespace of chart "${chart.node.path}"`);
  writtenAfterItsNamespace(chart);
  return namespace;
}

/** Whether the app has a chart or a service in the namespace: it writes there, and nowhere else. */
export const ownsNamespace = (scope: Construct, namespace: string): boolean =>
  AppModel.of(scope).services.some((s) => s.namespace === namespace) || chartsOf(scope, namespace).length > 0;

/** The app's charts in a namespace. */
export const chartsOf = (scope: Construct, namespace: string): readonly Chart[] =>
  scope.node.root.node.findAll().filter((c): c is Chart => c instanceof Chart && c.namespace === namespace);

/**
 * Makes the chart's file come after the one with its namespace; cdk8s numbers the files then. Not where one chart is
 * inside the other, since cdk8s writes the inner one first, nor against an order that the app asked for.
 */
export function writtenAfterItsNamespace(chart: Chart): void {
  const by = AppModel.of(chart).secured.get(chart.namespace ?? '')?.by;
  if (!by) return;
  const first = Chart.of(by);
  if (chart === first || chart.node.dependencies.includes(first)) return;
  const nested = [...chart.node.scopes, ...first.node.scopes].filter((s) => s === chart || s === first).length > 2;
  if (!nested && !needs(first, chart) && !needs(chart, first)) chart.addDependency(first);
}

/** Whether the one chart's file has to come after the other's. */
function needs(a: Chart, b: Chart, seen = new Set<Chart>()): boolean {
  if (seen.has(a)) return false;
  seen.add(a);
  const next = a.node
    .findAll()
    .flatMap((c) => [...c.node.dependencies.map((d) => Chart.of(d)), ...(c instanceof Chart && c !== a ? [c] : [])]);
  return next.some((c) => c !== a && (c === b || needs(c, b, seen)));
}
