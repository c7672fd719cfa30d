import type { Outcome } from '../../../src/trace/outcome';
import type { OracleAnswer } from '../oracle';
import type { OracleRequest } from '../oracle/types';
import { add, newWorld, type RandomCase } from '../trace/world';

type Real = NonNullable<OracleAnswer['expected']>[number] & { readonly timing?: { readonly came: number } };

/** What happens to a share of requests alone: how it is asked for, what the trace says of it, and how it is seen. */
interface Share {
  readonly rule: (percent: number) => Record<string, unknown>;
  readonly said: (o: Outcome) => number | undefined;
  readonly happened: (real: Real) => boolean;
}

const SHARES: Readonly<Record<string, Share>> = {
  aborted: {
    rule: (value) => ({ fault: { abort: { httpStatus: 418, percentage: { value } } } }),
    said: (o) => o.fault?.abort?.percent,
    happened: (real) => real.status === 418,
  },
  delayed: {
    rule: (value) => ({ fault: { delay: { fixedDelay: '0.02s', percentage: { value } } } }),
    said: (o) => o.fault?.delay?.percent,
    happened: (real) => (real.flags ?? '').split(',').includes('DI'),
  },
  copied: {
    rule: (value) => ({ mirror: { host: 'copy' }, mirrorPercentage: { value } }),
    said: (o) => o.mirrors?.[0]?.percent,
    happened: (real) => (real.timing?.came ?? 0) > 1,
  },
};

const PERCENTS = [5, 30, 62.5];
/** Requests for each. */
const EACH = 300;
/** A right share strays so far about once in a million runs. */
const SIGMAS = 5.5;

/** Requests of which rules take a share alone, the same one many times. */
export function sharedCase(): RandomCase {
  const w = newWorld(1);
  for (const name of ['app', 'copy'])
    add(w, 'Service', 'default', name, { selector: { app: name }, ports: [{ name: 'http', port: 80 }] });
  for (const name of ['app', 'copy'])
    add(w, 'Deployment', 'default', name, {
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image: 'app' }] } },
    });
  const rules: any[] = [];
  const requests: OracleRequest[] = [];
  for (const [what, { rule }] of Object.entries(SHARES))
    for (const percent of PERCENTS) {
      const path = `/${what}/${percent}`;
      rules.push({ match: [{ uri: { exact: path } }], route: [{ destination: { host: 'app' } }], ...rule(percent) });
      const upstream = { failures: 0, how: 503 } as const;
      for (let i = 0; i < EACH; i++) requests.push({ port: 80, host: 'app', path, headers: {}, upstream });
    }
  add(w, 'VirtualService', 'default', 'app', { hosts: ['app'], http: rules });
  const client = { kind: 'sidecar', namespace: 'default', labels: { app: 'client' }, name: 'client' } as const;
  return { id: 'shares', objects: w.objects, meshConfig: {}, client, requests };
}

/** Shares that are not what the trace says of them, and all of them in words. */
export function sharesSeen(c: RandomCase, outcomes: readonly Outcome[], answers: readonly Real[]) {
  const wrong: string[] = [];
  const seen: string[] = [];
  for (const [what, { said, happened }] of Object.entries(SHARES))
    for (const percent of PERCENTS) {
      const mine = c.requests.flatMap((r, i) => (r.path === `/${what}/${percent}` ? [i] : []));
      const n = mine.filter((i) => happened(answers[i]!)).length;
      const says = said(outcomes[mine[0]!]!);
      const p = (says ?? 0) / 100;
      const most = SIGMAS * Math.sqrt(EACH * p * (1 - p));
      const text = `${n} of ${EACH} ${what}, of which the trace says ${says} %`;
      seen.push(text);
      if (says === undefined || Math.abs(n - EACH * p) > most) wrong.push(text);
    }
  return { wrong, seen };
}
