import type { MeshModel } from '../model/mesh-model';
import type { Client } from '../trace/client';
import type { Trace } from '../trace/flow';
import type { Flow } from '../trace/hops';
import { nameDoubt } from '../trace/name-doubt';
import { serviceNamed } from '../trace/resolve-name';
import { ageText, unknownText } from '../trace/steps-text';
import type { Places } from './places';

/** What was asked of a mesh: what matchers have to know besides the answer. */
export interface Question {
  readonly places: Places;
  /** Why the answer may be another one than is likely meant, besides what the traces say themselves. */
  readonly doubts: readonly string[];
  /** The test takes the answer all the same. */
  readonly accepted: boolean;
}

/** What each answer was asked. */
export const QUESTIONS = new WeakMap<Trace | Flow, Question>();

const tracesOf = (t: Trace | Flow): readonly Trace[] => ('hops' in t ? t.hops.map((h) => h.trace) : [t]);

/** All that an answer hangs on and that is not known; nothing where the test accepts it. */
export function doubtsOf(t: Trace | Flow, { doubts, accepted }: Question): readonly string[] {
  if (accepted) return [];
  const own = tracesOf(t).flatMap((x) => [...x.unknown.map((u) => unknownText(u)), ...(x.ageDoubts ?? []).map(ageText)]);
  return [...new Set([...doubts, ...own])];
}

/**
 * What is odd about the host and port of a request.
 * @throws for a name that nobody can have
 */
export function hostDoubts(model: MeshModel, client: Client, host: string, port: number): readonly string[] {
  const doubt = nameDoubt(model, client, host);
  if (doubt?.wrong) throw new Error(doubt.message);
  if (client.proxy === 'gateway') return doubt?.near ? [doubt.message] : [];
  const out = doubt ? [doubt.message] : [];
  const service = serviceNamed(model, client.namespace, host);
  const ports = (service?.ports ?? []).map((p) => p.port);
  if (service && !ports.includes(port)) out.push(`${service.host} has no port ${port}: it has ${ports.join(', ') || 'none'}`);
  return out;
}
