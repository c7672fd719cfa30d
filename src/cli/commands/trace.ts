import type { MeshModel } from '../../model/mesh-model';
import type { Client } from '../../trace/client';
import type { Hop, Next } from '../../trace/hops';
import type { TraceRequest } from '../../trace/request';
import type { Installation } from '../installation';
import { color, EXIT, Failure, print, printJson, reportFinding } from '../output';

/** Options of `mesh trace`. */
export interface TraceArgs extends Installation {
  readonly json: boolean;
  readonly path: readonly string[];
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly url?: string | undefined;
  readonly method?: string | undefined;
  readonly header: readonly string[];
  readonly port?: number | undefined;
  readonly tls: boolean;
  readonly sni?: string | undefined;
  readonly alpn?: string | undefined;
  readonly address?: string | undefined;
  readonly all: boolean;
  readonly then: readonly string[];
  readonly propagate: readonly string[];
  readonly batch?: string | undefined;
}

/** Says what happens to one request, or answers a file of questions. */
export async function traceCommand(a: TraceArgs): Promise<number> {
  if (a.batch !== undefined) {
    if (a.namespace !== undefined)
      throw new Failure('cases of --batch say themselves where objects are: leave out --namespace', EXIT.usage);
    if (a.from !== undefined || a.to !== undefined || a.path.length > 0)
      throw new Failure(
        'cases of --batch say themselves who asks whom, and in which mesh: leave out --from, --to and manifests',
        EXIT.usage,
      );
    return batch(a.batch);
  }
  if (!a.to) throw new Failure('say which host the request is for: --to reviews (and --from for who sends it)', EXIT.usage);
  const { modelOf } = require('../model-of') as typeof import('../model-of');
  const { withAgeDoubts } = require('../../trace/age-doubts') as typeof import('../../trace/age-doubts');
  const { findClients } = require('../../trace/client') as typeof import('../../trace/client');
  const { askEach } = require('../../trace/each-client') as typeof import('../../trace/each-client');
  const { hops } = require('../../trace/hops') as typeof import('../../trace/hops');
  const { answersText } = require('../../trace/steps-text') as typeof import('../../trace/steps-text');
  const { hopsJson } = require('../../trace/trace-json') as typeof import('../../trace/trace-json');
  const { isSigned } = require('../../trace/signature') as typeof import('../../trace/signature');
  const model = modelOf(a.path, a);
  const { address } = a;
  const found = usage(() => findClients(model, a.from ?? 'outside'));
  const clients = address === undefined ? found : usage(() => atAddress(found, address));
  const request = requestOf(a, model, clients[0]);
  const then = a.then.map((host) => nextHop(host, model));
  const propagated = a.propagate.flatMap((p) => p.split(',')).map((p) => p.trim().toLowerCase());
  const flow = (client: Client) =>
    hops(model, client, request, then, propagated, { isSigned }).map((h) => ({
      ...h,
      trace: withAgeDoubts(model, h.trace, { isSigned }),
    }));
  const asJson = (all: readonly Hop[]) => hopsJson(all, then.length === 0);
  const answers = askEach(clients, flow, (all) => JSON.stringify(asJson(all)));
  const [only, ...others] = answers;
  if (!a.json) print(answersText(answers, color, a.all));
  else printJson(others.length === 0 ? asJson(only) : { answers: answers.map(asJson) });
  return EXIT.clean;
}

function atAddress([first, ...others]: readonly [Client, ...Client[]], address: string): readonly [Client, ...Client[]] {
  const { withAddress } = require('../../trace/client') as typeof import('../../trace/client');
  return [withAddress(first, address), ...others.map((c) => withAddress(c, address))];
}

/** `reviews`, `reviews:9080/api`: whom the service then asks. */
function nextHop(text: string, model: MeshModel): (client: Client) => Next {
  const at = text.indexOf('/');
  const host = at < 0 ? text : text.slice(0, at);
  const path = at < 0 ? '/' : text.slice(at);
  const known = new Map<string, Next>(); // what is odd about a name is said once
  return (client) => {
    const own = known.get(client.namespace);
    if (own) return own;
    checkName(model, client, host);
    const asked = port(model, host, client, false);
    checkPort(model, client, host, asked);
    const next = { host, path, port: asked };
    known.set(client.namespace, next);
    return next;
  };
}

/** A wrong name is wrong usage. */
function usage<T>(f: () => T): T {
  try {
    return f();
  } catch (e) {
    throw new Failure((e as Error).message, EXIT.usage);
  }
}

function requestOf(a: TraceArgs, model: MeshModel, client: Client): TraceRequest {
  const { clientRequest } = require('../../trace/client-request') as typeof import('../../trace/client-request');
  const headers: Record<string, string[]> = {};
  for (const h of a.header) {
    const at = h.indexOf(':', 1);
    if (at < 0) throw new Failure(`header "${h}" has no ":": write it as 'end-user: alice'`, EXIT.usage);
    const name = h.slice(0, at).trim().toLowerCase();
    headers[name] = [...(headers[name] ?? []), h.slice(at + 1).trim()];
  }
  const to = a.to!;
  if (to.includes('://'))
    throw new Failure(`--to "${to}" is a URL: give the host alone, the path with --path, and --tls for https`, EXIT.usage);
  if (to.includes('/')) throw new Failure(`--to "${to}" has a path: give the host alone, and the path with --path`, EXIT.usage);
  const path = a.url;
  if (path !== undefined && !path.startsWith('/')) throw new Failure(`path "${path}" does not begin with "/"`, EXIT.usage);
  checkName(model, client, to);
  const { port, tls, sni } = a;
  const alpn = a.alpn === 'none' ? [] : a.alpn?.split(',').map((p) => p.trim());
  const method = a.method?.toUpperCase();
  const request = usage(() => clientRequest(model, client, { to, port, method, path, headers, tls, sni, alpn }, '--port'));
  checkPort(model, client, to, request.port);
  return request;
}

/** A name without a dot that nobody has is wrong usage; one that may be meant otherwise is told. */
function checkName(model: MeshModel, client: Client, host: string): void {
  const { nameDoubt } = require('../../trace/name-doubt') as typeof import('../../trace/name-doubt');
  const doubt = nameDoubt(model, client, host);
  if (doubt?.wrong) throw new Failure(doubt.message, EXIT.usage);
  if (doubt) reportFinding({ message: doubt.message });
}

function checkPort(model: MeshModel, client: Client, host: string, port: number): void {
  if (client.proxy === 'gateway') return;
  const { serviceNamed } = require('../../trace/resolve-name') as typeof import('../../trace/resolve-name');
  const service = serviceNamed(model, client.namespace, host);
  const ports = service?.ports.map((p) => p.port) ?? [];
  if (service && !ports.includes(port))
    reportFinding({ message: `${service.host} has no port ${port}: it has ${ports.length > 0 ? ports.join(', ') : 'none'}` });
}

/** Several ports of a service are wrong usage. */
function port(model: MeshModel, host: string, client: Client, tls: boolean): number {
  const { portOf } = require('../../trace/port-of') as typeof import('../../trace/port-of');
  return usage(() => portOf(model, host, client, tls, '--port'));
}

/** One case a line in, one answer a line out, in order; an error is an answer. */
async function batch(file: string): Promise<number> {
  const { answerCase } = require('../../trace/batch') as typeof import('../../trace/batch');
  const { isSigned } = require('../../trace/signature') as typeof import('../../trace/signature');
  const { answerLines } = require('../json-lines') as typeof import('../json-lines');
  await answerLines(
    file,
    (line) => answerCase(line as never, { isSigned }),
    (error) => ({ id: '', results: [], clusters: {}, error }),
  );
  return EXIT.clean;
}
