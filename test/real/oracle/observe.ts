import type { LoggedRequest } from './access-log';
import { ECHO_HEADERS, type Echo } from './echo';
import type { Response } from './requests';
import type { Destination, OracleRequest } from './types';

/** What can be seen of a request's way in its response: the fields of a destination. */
export type Observed = Omit<Destination, 'cluster' | 'weight' | 'MISMATCH'> & { readonly status: number };

/** Request headers that say nothing about the mesh: ours, and those of Envoy's own. */
const REQUEST_NOISE =
  /^(x-oracle-.*|x-request-id|x-envoy-.*|x-forwarded-(proto|for|client-cert|host)|content-length|transfer-encoding|connection|host|x-b3-.*|traceparent|accept-encoding)$/;
const RESPONSE_NOISE = /^(date|server|x-envoy-.*|content-length|content-type|connection|transfer-encoding|keep-alive)$/;

type Lines = Map<string, string[]>;

function byName(headers: readonly (readonly [string, string])[]): Lines {
  const lines: Lines = new Map();
  for (const [name, value] of headers) lines.set(name, [...(lines.get(name) ?? []), value]);
  return lines;
}

const same = (a: readonly string[], b: readonly string[] | undefined) =>
  a.length === b?.length && a.every((line, i) => line === b[i]);

function echoed(body: string): Echo | undefined {
  try {
    const value = JSON.parse(body) as Echo;
    return value.echo === 1 ? value : undefined;
  } catch {
    return undefined;
  }
}

function requestChanges(request: OracleRequest, echo: Echo): Pick<Destination, 'requestHeaders' | 'requestHeadersRemoved'> {
  const pairs = Object.entries(request.headers ?? {}).flatMap(([name, value]) =>
    (typeof value === 'string' ? [value] : value).map((line) => [name.toLowerCase(), String(line)] as const),
  );
  const sent = byName(pairs);
  const got = byName(echo.headers);
  const changed = [...got].filter(([name, lines]) => !REQUEST_NOISE.test(name) && !same(lines, sent.get(name)));
  const removed = [...sent.keys()].filter((name) => !REQUEST_NOISE.test(name) && !got.has(name));
  return {
    ...(changed.length ? { requestHeaders: Object.fromEntries(changed.map(([name, lines]) => [name, lines.join(', ')])) } : {}),
    ...(removed.length ? { requestHeadersRemoved: removed.sort() } : {}),
  };
}

function responseChanges(
  response: Response,
  echo: Echo | undefined,
): Pick<Destination, 'responseHeaders' | 'responseHeadersRemoved'> {
  const got = byName(response.headers);
  const asEchoed = (name: string, lines: readonly string[]) => echo && same([ECHO_HEADERS[name] ?? ''], lines);
  const changed = [...got].filter(([name, lines]) => !RESPONSE_NOISE.test(name) && !asEchoed(name, lines));
  const values = changed.map(([name, lines]) => {
    const value = lines.join(', ');
    return [name, name === 'set-cookie' ? value.replace(/="[0-9a-f]+"/g, '="*"') : value]; // a hash of the client's port
  });
  const removed = echo ? Object.keys(ECHO_HEADERS).filter((name) => !got.has(name)) : [];
  return {
    ...(values.length ? { responseHeaders: Object.fromEntries(values) } : {}),
    ...(removed.length ? { responseHeadersRemoved: removed } : {}),
  };
}

/** Reads what became of a request from the echo's answer (or Envoy's own) and the access log. */
export function observe(request: OracleRequest, response: Response, log: LoggedRequest | undefined): Observed {
  const echo = echoed(response.body);
  return {
    status: response.status,
    ...(log?.flags && log.flags !== '-' ? { flags: log.flags } : {}),
    ...(echo ? upstream(echo) : {}),
    ...(echo ? requestChanges(request, echo) : {}),
    ...(!echo && response.body ? { body: response.body } : {}),
    ...responseChanges(response, echo),
  };
}

function upstream(echo: Echo): Pick<Destination, 'method' | 'path' | 'host'> {
  const host = echo.headers.find(([name]) => name === 'host')?.[1];
  return { method: echo.method, path: echo.path, ...(host === undefined ? {} : { host }) };
}
