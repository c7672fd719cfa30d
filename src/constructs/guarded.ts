import type { Construct } from 'constructs';
import { quoted } from '../values/names';
import { shown } from '../values/shown';
import { opaqueTargets } from './access-rules';
import { AppModel } from './app-model';
import { checkMethod, checkPath } from './call-limits';
import { IngressGateway } from './ingress-gateway';
import { within } from './pod-labels';
import { ServiceHost } from './service-host';

/** Where requests are looked at before they go on: at a service of this app that speaks HTTP, or at a gateway. */
export type Guarded = (ServiceHost<any, any> & { readonly speaksHttp: true }) | IngressGateway;

/** Requests that are let through unasked. */
export interface Exceptions {
  /** Paths as AuthorizationPolicy takes them. */
  readonly exceptPaths?: readonly string[];
  /** Methods, in capitals. */
  readonly exceptMethods?: readonly string[];
}

/** Throws unless the value is a service that speaks HTTP, or a gateway. */
export function checkGuarded(target: unknown, where: string, what: string): asserts target is Guarded {
  if (!(target instanceof ServiceHost || target instanceof IngressGateway))
    throw new Error(`target of ${where} is ${shown(target)}: it has to be a service of this app, or an IngressGateway`);
  if (target instanceof ServiceHost) target.needHttp(what);
}

/** Throws where an exception is none, or where a client would get around the target's hosts. */
export function checkExceptions(target: Guarded, { exceptPaths = [], exceptMethods = [] }: Exceptions, where: string): void {
  for (const p of exceptPaths) checkPath(p, `exceptPaths of ${where}`);
  for (const m of exceptMethods) checkMethod(m, `in exceptMethods of ${where}`);
  if (target instanceof IngressGateway) hostsOf(target);
}

/** Errors that are known when the app is whole: nobody would look at the requests, or connections would be taken for them. */
export function checkWhole(by: Construct, target: Guarded, what: string, denies = true): void {
  by.node.addValidation({
    validate: () =>
      target instanceof IngressGateway ? (denies ? connectionErrors(by, target, what) : []) : ambientErrors(by, target, what),
  });
}

const ambientErrors = (by: Construct, target: ServiceHost<any, any>, what: string): string[] =>
  AppModel.of(by).secured.get(target.namespace)?.ambient
    ? [
        `${what} at service "${target.name}" is decided by no one, since namespace "${target.namespace}" is ambient: ztunnel sees connections alone; let the namespace have sidecars (dataPlane: 'sidecar'), or say it of the gateway`,
      ]
    : [];

/** A policy is for pods, and for connections istiod leaves out of it what is about requests: they would all be meant. */
function connectionErrors(by: Construct, target: IngressGateway, what: string): string[] {
  const alike = (g: IngressGateway) =>
    g.namespace === target.namespace && (within(g.labels, target.labels) || within(target.labels, g.labels));
  const all = [...AppModel.of(by).tables.values()].filter((t): t is IngressGateway => t instanceof IngressGateway && alike(t));
  const wrong = all.find(({ handsOn: { ports, byName } }) => byName || (ports.length > 0 && !target.ownsPods));
  if (!wrong) return [];
  return [
    `${what} at ${target.callerName} would be asked of connections too, which ${wrong.callerName} hands on at the same pods (${wrong.handsOn.byName ? 'passthrough' : 'tcp'}), and which have none: give the connections a gateway with pods of its own (deploy: true)`,
  ];
}

/** Which requests of the target are meant, as it is when the app is whole: all but the exceptions, and no connections. */
export function operationOf(target: Guarded, { exceptPaths = [], exceptMethods = [] }: Exceptions) {
  const operation = {
    ...(target instanceof IngressGateway
      ? { ...hostsOf(target), ...notPorts(target.handsOn.ports.map(String)) }
      : notPorts(opaqueTargets(target))),
    ...(exceptPaths.length > 0 ? { notPaths: [...exceptPaths] } : {}),
    ...(exceptMethods.length > 0 ? { notMethods: [...exceptMethods] } : {}),
  };
  return Object.keys(operation).length > 0 ? { to: [{ operation }] } : {};
}

/** Connections hold no requests; istiod would mean them all. Pods of a gateway's own listen at the ports that it names. */
const notPorts = (ports: readonly string[]) => (ports.length > 0 ? { notPorts: [...ports] } : {});

/**
 * The gateway's hosts, where others may share its pods. Clients may name the port beside a host, and Istio compares a wildcard
 * with the end alone: `a.example.com:80` would get around `*.example.com`.
 */
function hostsOf(gateway: IngressGateway) {
  if (gateway.ownsPods || gateway.hosts.includes('*')) return {};
  const wild = gateway.hosts.filter((h) => h.startsWith('*'));
  if (wild.length > 0)
    throw new Error(
      `${gateway.callerName} has ${quoted(wild)} on pods that it shares, and a client gets around a wildcard by naming the port: name the hosts, or give the gateway pods of its own with deploy: true`,
    );
  return { hosts: gateway.hosts.flatMap((h) => [h, `${h}:*`]) };
}
