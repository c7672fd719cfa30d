import { manifestOf } from '../../../src/manifests/manifest';
import { MeshModel } from '../../../src/model/mesh-model';
import { findClient } from '../../../src/trace/client';
import { trace } from '../../../src/trace/flow';
import { requestTo, type TraceRequest } from '../../../src/trace/request';
import type { KubeObject } from '../manifests';
import { eventText, replay } from './replay';
import type { Log, LoggedEvent } from './watch-log';

/** A request that is followed through every state of a mesh. */
export interface Witness {
  /** As `findClient` takes it: `shop/web`, `gateway:shop/edge`, `outside`. */
  readonly from: string;
  readonly host: string;
  readonly port?: number;
  readonly how?: Partial<TraceRequest>;
}

/**
 * Every moment of a log at which a request is not answered with 200 by all whom it may come to, though it is before the log
 * begins and when it has ended. A Deployment has pods when its status says so.
 */
export const shutOut = (log: Log, witnesses: readonly Witness[]): string[] => inBetween(log, witnesses, (end) => end === OK);

/** Every moment of a log at which a request may be answered with 200, though it never is before it and after it. */
export const letIn = (log: Log, strangers: readonly Witness[]): string[] =>
  inBetween(log, strangers, (end) => !end.split(', ').some((e) => e.startsWith(OK)));

/** When something does not hold that holds at first and at last. */
function inBetween(log: Log, witnesses: readonly Witness[], holds: (end: string) => boolean): string[] {
  const answers: { readonly text: string; readonly ends: string[] }[] = [];
  for (const { event, objects } of replay(log)) {
    if (event && !counts(event)) continue;
    const model = new MeshModel([...objects.values()].map(asManifest));
    answers.push({ text: eventText(log, event), ends: witnesses.map((w) => ending(model, w)) });
  }
  const [first, last] = [answers[0]!, answers.at(-1)!];
  return witnesses.flatMap((w, i) => {
    if (!holds(first.ends[i]!) || !holds(last.ends[i]!)) return [];
    return answers
      .filter(({ ends }) => !holds(ends[i]!))
      .map(({ text, ends }) => `${w.from} -> ${w.host}: ${ends[i]} at ${text}`);
  });
}

/** How each request ends when all is done: for a test that its witnesses are let in at all. */
export function endingsAfter(log: Log, witnesses: readonly Witness[]): string[] {
  const all = [...replay(log)];
  const model = new MeshModel([...all.at(-1)!.objects.values()].map(asManifest));
  return witnesses.map((w) => ending(model, w));
}

const OK = '200';

/** Kinds that no request depends on. */
const SILENT: readonly string[] = ['Secret', 'ConfigMap', 'ServiceAccount'];
const counts = ({ object }: LoggedEvent): boolean => !SILENT.includes(object.kind);

function asManifest(o: KubeObject) {
  const { availableReplicas } = (o.status ?? {}) as { availableReplicas?: number };
  const object = o.kind === 'Deployment' && !availableReplicas ? { ...o, spec: { ...(o.spec as object), replicas: 0 } } : o;
  return manifestOf(object, () => ({ file: 'log', line: 0, column: 0 }));
}

/** `200`, or all that may become of it. */
function ending(model: MeshModel, { from, host, port = 80, how }: Witness): string {
  try {
    const { endings } = trace(model, findClient(model, from), requestTo(host, port, how));
    const texts = endings.map((e) => {
      const outside = e.where.endsWith('outside the mesh') ? 'outside: ' : '';
      return `${outside}${e.status}${e.flags ? ` ${e.flags}` : ''}${e.maybe ? ' maybe' : ''}`;
    });
    return [...new Set(texts)].sort().join(', ');
  } catch (error) {
    return (error as Error).message;
  }
}
