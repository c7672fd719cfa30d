import { isIP } from 'node:net';
import type { Construct } from 'constructs';
import { hostName } from '../values/names';
import { notTheProxys } from '../values/port';
import type { Caller } from './caller';
import { type PodLabels, within } from './pod-labels';

type Gateway = Construct & Caller;
/** What a port of a gateway's pods is for. */
export type PortUse = 'HTTP' | 'HTTPS' | 'TLS' | 'TCP';

interface Claim {
  readonly use: PortUse;
  readonly host: string;
  readonly gateway: Gateway;
}

/** By app: what the ports of gateway pods are taken for. */
const claims = new WeakMap<Construct, Map<string, Claim[]>>();

/** What a use is, in words. */
const WORDS: Record<PortUse, string> = {
  HTTP: 'plain HTTP',
  HTTPS: 'HTTPS, with a certificate at the gateway',
  TLS: 'TLS that is passed through',
  TCP: 'TCP connections',
};

/**
 * Takes a port of a gateway's pods, for these hosts. Of two servers that do not go together istiod keeps the older and
 * drops the other with a line in its log, and of one host at two gateways it joins the routes by age: so what does not go
 * together is an error. Source: `mergeGateways` in pilot/pkg/model/gateway.go.
 */
export function claimPort(gateway: Gateway, port: number, use: PortUse, hosts: readonly string[]): void {
  const { callerName: me } = gateway;
  notTheProxys(port, me);
  const root = gateway.node.root as Construct;
  const byPlace = claims.get(root) ?? new Map<string, Claim[]>();
  claims.set(root, byPlace);
  const place = `${gateway.namespace} ${port}`;
  const taken = byPlace.get(place) ?? [];
  byPlace.set(place, taken);
  const whose = (c: Claim) => (c.gateway === gateway ? `${me}` : `${c.gateway.callerName} ("${c.gateway.node.path}")`);
  const others = (c: Claim) => (c.gateway === gateway ? '' : `, and "${gateway.node.path}" has the same pods`);
  for (const c of taken.filter((t) => samePods(t.gateway.labels, gateway.labels))) {
    if (c.use === 'TCP' && use === 'TCP')
      throw new Error(
        `TCP port ${port} of ${whose(c)} goes somewhere already${others(c)}: connections on one port cannot be told apart, so choose another`,
      );
    if (!together(c.use, use))
      throw new Error(
        `port ${port} of ${whose(c)} is for ${WORDS[c.use]} already${others(c)}: it cannot be for ${WORDS[use]} too, so choose another port`,
      );
    if (!hosts.includes(c.host)) continue;
    if (c.use !== use)
      throw new Error(
        `host "${c.host}" on port ${port} of ${whose(c)} is for ${WORDS[c.use]} already${others(c)}: it cannot be for ${WORDS[use]} too, so leave it out of one of them`,
      );
    throw new Error(
      use === 'TLS'
        ? `host "${c.host}" on port ${port} of ${whose(c)} is passed through to a service already${others(c)}: one name leads to one service`
        : `host "${c.host}" on port ${port} is at ${whose(c)} already${others(c)}: add the routes to the first one`,
    );
  }
  taken.push(...hosts.map((host) => ({ use, host, gateway })));
}

/** Whether one selector surely takes pods of the other: it says no more than that. */
const samePods = (a: PodLabels, b: PodLabels): boolean => within(a, b) || within(b, a);

/** Whether two uses of one port are told apart: plain requests by host, TLS by the name in its hello. */
const together = (a: PortUse, b: PortUse) => (a === 'HTTP' && b === 'HTTP') || [a, b].every((u) => u === 'HTTPS' || u === 'TLS');

/**
 * Hosts as parts of object names, no two the same: `*.example.com` -> `any-example-com`. Where two would be (`a.b.c` and
 * `a-b.c`), theirs keep the dots.
 */
export function namesOfHosts(hosts: readonly string[]): Map<string, string> {
  const dashed = (host: string) => host.replace(/^\*/, 'any').replaceAll('.', '-');
  const dotted = (host: string) => host.replace(/^\*\.?/, 'any--');
  const alone = (host: string) => hosts.every((h) => h === host || dashed(h) !== dashed(host));
  return new Map(hosts.map((host) => [host, alone(host) ? dashed(host) : dotted(host)]));
}

/** Throws unless Istio takes the name for a gateway's host: a whole one, `*`, or `*.` and a whole one. */
export function checkHost(host: string, what: string): void {
  if (isIP(host))
    throw new Error(`${what} is "${host}", an IP, which Istio refuses at a gateway: give the name that clients ask for, or '*'`);
  hostName(host, what, true);
  if (host !== '*' && !host.includes('.'))
    throw new Error(
      `${what} is "${host}", a short name, which Istio refuses at a gateway: give the whole name, such as "${host}.example.com"${host === 'localhost' ? ", or '*' to try it without a name" : ''}`,
    );
}
