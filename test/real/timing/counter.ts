import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { parse } from 'yaml';

/** A rule of Envoy's ratelimit service, as its configuration has it. */
interface Rule {
  readonly key: string;
  readonly value?: string;
  readonly rate_limit?: { readonly requests_per_unit: number };
  readonly descriptors?: readonly Rule[];
}

interface Entry {
  readonly key: string;
  readonly value: string;
}

/** A server of Envoy's `RateLimitService.ShouldRateLimit` that counts as a configuration says, and forgets nothing. */
export interface Counter {
  readonly port: number;
  close(): Promise<void>;
}

/** Source: envoy/service/ratelimit/v3/rls.proto; how descriptors find their rule: README of github.com/envoyproxy/ratelimit. */
export async function startCounter(configs: readonly string[]): Promise<Counter> {
  const domains = new Map(configs.map((c) => parse(c) as { domain: string; descriptors: Rule[] }).map((c) => [c.domain, c]));
  const counts = new Map<string, number>();
  const isOver = (domain: string, entries: readonly Entry[]): boolean => {
    const most = mostOf(domains.get(domain)?.descriptors ?? [], entries);
    if (most === undefined) return false;
    const key = JSON.stringify([domain, entries]);
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    return count > most;
  };
  const server = http2.createServer();
  server.on('stream', (stream) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', () => {});
    stream.on('end', () => {
      const { domain, descriptors } = requestOf(Buffer.concat(chunks).subarray(5));
      const over = descriptors.map((entries) => isOver(domain, entries)).includes(true);
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      // a message of one field: overall_code, OK or OVER_LIMIT
      stream.end(Buffer.from([0, 0, 0, 0, 2, 8, over ? 2 : 1]));
    });
  });
  const sessions = new Set<http2.ServerHttp2Session>();
  server.on('session', (s) => sessions.add(s));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        for (const s of sessions) s.destroy();
        server.close(() => resolve());
      }),
  };
}

/** The number of the rule that a descriptor leads to, entry by entry; a rule with the value goes before one with the key alone. */
function mostOf(rules: readonly Rule[], [entry, ...rest]: readonly Entry[]): number | undefined {
  const of = rules.filter((r) => r.key === entry?.key);
  const rule = of.find((r) => r.value === entry?.value) ?? of.find((r) => r.value === undefined);
  if (!rule) return undefined;
  return rest.length === 0 ? rule.rate_limit?.requests_per_unit : mostOf(rule.descriptors ?? [], rest);
}

/** The fields of a message whose fields all have a length. */
function fields(message: Buffer): { readonly number: number; readonly bytes: Buffer }[] {
  const out: { number: number; bytes: Buffer }[] = [];
  let at = 0;
  const varint = () => {
    let n = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = message[at++]!;
      n |= (byte & 127) << shift;
      if (byte < 128) return n;
    }
  };
  while (at < message.length) {
    const tag = varint();
    if ((tag & 7) === 0) varint();
    else {
      const length = varint();
      out.push({ number: tag >> 3, bytes: message.subarray(at, at + length) });
      at += length;
    }
  }
  return out;
}

/** `RateLimitRequest`: 1 the domain, 2 descriptors, whose 1 are entries of 1 key and 2 value. */
function requestOf(message: Buffer): { domain: string; descriptors: Entry[][] } {
  const of = (m: Buffer, number: number) => fields(m).flatMap((f) => (f.number === number ? [f.bytes] : []));
  const text = (m: Buffer, number: number) => of(m, number)[0]?.toString() ?? '';
  return {
    domain: text(message, 1),
    descriptors: of(message, 2).map((d) => of(d, 1).map((e) => ({ key: text(e, 1), value: text(e, 2) }))),
  };
}
