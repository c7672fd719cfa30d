import type { ApiObject, App, Chart } from 'cdk8s';
import type { IConstruct } from 'constructs';

/** The classes of the cdk8s that the app uses, which need not be the one beside this package. */
export interface Cdk8s {
  readonly ApiObject: typeof ApiObject;
  readonly App: typeof App;
  readonly Chart: typeof Chart;
}

/** The app's charts and their objects in the order in which cdk8s writes them. */
export interface Ordered {
  readonly charts: readonly { readonly chart: Chart; readonly objects: readonly ApiObject[] }[];
  /** Whether some chart has to come after another: cdk8s then numbers the files. */
  readonly numbered: boolean;
}

/**
 * cdk8s' order, in time linear in constructs and dependencies. cdk8s itself walks the whole app for every chart, every
 * path for every dependency, and makes an edge for each pair of objects of two charts.
 * Source of the rule: cdk8s-core's app.ts (resolveDependencies, chartToKube) and dependency.ts (topology).
 */
export function order(app: App, { ApiObject, Chart }: Cdk8s): Ordered {
  const { all, chartOf } = walk(app, Chart);
  const edges = new Map<IConstruct, IConstruct[]>();
  const link = (from: IConstruct, to: IConstruct) => {
    const list = edges.get(from);
    if (list) list.push(to);
    else edges.set(from, [to]);
  };
  for (const c of all) for (const d of c.node.dependencies) link(c, d);
  let numbered = false;
  for (const c of all) {
    if (!(c instanceof Chart)) continue;
    for (const child of c.node.children) {
      if (!(child instanceof Chart)) continue;
      link(c, child);
      numbered = true;
    }
  }
  const declared = [...edges].flatMap(([from, list]) => list.map((to) => [from, to] as const));
  for (const [from, to] of declared) {
    const [source, target] = [chartOf.get(from), chartOf.get(to)];
    if (!source || !target || source === target) continue;
    link(source, target);
    numbered = true;
  }
  const objectsOf = (c: IConstruct) => c.node.findAll().filter((x): x is ApiObject => x instanceof ApiObject);
  for (const [from, to] of declared) {
    // between charts only the charts' own order matters; within one, the objects'
    if (
      (from instanceof ApiObject && to instanceof ApiObject) ||
      chartOf.get(from) !== chartOf.get(to) ||
      from instanceof Chart ||
      to instanceof Chart
    )
      continue;
    for (const target of objectsOf(to)) for (const source of objectsOf(from)) if (source !== target) link(source, target);
  }
  const charts = topology(all, edges).filter((c): c is Chart => c instanceof Chart);
  const within = new Map<Chart, IConstruct[]>(charts.map((c) => [c, []]));
  for (const c of all) within.get(chartOf.get(c)!)?.push(c);
  return {
    numbered,
    charts: charts.map((chart) => ({
      chart,
      objects: topology(edges.size === 0 ? within.get(chart)! : chart.node.findAll(), edges).filter(
        (c): c is ApiObject => c instanceof ApiObject && chartOf.get(c) === chart,
      ),
    })),
  };
}

/** All constructs in tree order, and the chart that each lies in. */
function walk(app: App, ChartClass: typeof Chart) {
  const all: IConstruct[] = [];
  const chartOf = new Map<IConstruct, Chart | undefined>();
  const visit = (c: IConstruct, above: Chart | undefined): void => {
    const chart = c instanceof ChartClass ? c : above;
    all.push(c);
    chartOf.set(c, chart);
    for (const child of c.node.children) visit(child, chart);
  };
  visit(app, undefined);
  return { all, chartOf };
}

/** Depth first, what is depended on before what depends; roots are those that nothing depends on, in tree order. */
function topology(nodes: readonly IConstruct[], edges: ReadonlyMap<IConstruct, readonly IConstruct[]>): readonly IConstruct[] {
  if (!nodes.some((n) => edges.has(n))) return nodes; // nothing depends on anything: tree order
  const inside = new Set(nodes);
  const targets = new Set<IConstruct>();
  for (const n of nodes) for (const t of edges.get(n) ?? []) if (inside.has(t)) targets.add(t);
  const out: IConstruct[] = [];
  const state = new Map<IConstruct, 'open' | 'done'>();
  const visit = (start: IConstruct) => {
    const stack: { node: IConstruct; next: number }[] = [{ node: start, next: 0 }];
    state.set(start, 'open');
    while (stack.length > 0) {
      const top = stack.at(-1)!;
      const target = (edges.get(top.node) ?? [])[top.next++];
      if (target === undefined) {
        state.set(top.node, 'done');
        out.push(top.node);
        stack.pop();
      } else if (inside.has(target) && state.get(target) !== 'done') {
        if (state.get(target) === 'open')
          throw new Error(
            `Dependency cycle detected: ${[...stack.map((s) => s.node), target].map((n) => n.node.path).join(' => ')}`,
          );
        state.set(target, 'open');
        stack.push({ node: target, next: 0 });
      }
    }
  };
  for (const n of nodes) if (!targets.has(n)) visit(n);
  for (const n of nodes) if (!state.has(n)) visit(n); // a cycle, or behind one: this throws
  return out;
}
