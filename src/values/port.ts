import { dnsLabel } from './names';
import { checkProperties, type Properties } from './properties';

/** Protocols whose requests Istio can route, retry, break and delay one by one. */
export type HttpProtocol = 'http' | 'http2' | 'grpc' | 'grpc-web';
/** Protocols that Istio sees as connections only. */
export type L4Protocol = 'https' | 'tls' | 'tcp' | 'mongo' | 'mysql' | 'redis' | 'kafka';
/** What a port speaks. */
export type Protocol = HttpProtocol | L4Protocol;

const HTTP: readonly string[] = ['http', 'http2', 'grpc', 'grpc-web'];

/** Options of a port. */
export interface PortOptions {
  /** Name of the Service's port. Istio reads the protocol from its first part, so it has to begin with it. @default the protocol */
  readonly name?: string;
  /** The port that the container listens on. @default the same number */
  readonly target?: number;
}

const OPTIONS: Properties<PortOptions> = { name: 'any?', target: 'any?' };

/**
 * A port of a service: its number and what it speaks. The protocol is part of the type, so that a fault on a TCP port
 * does not compile. Each factory throws unless number and target are whole numbers from 1 to 65535 and the name fits.
 *
 * Compiles to a Service's port with `name` and `appProtocol` set, which is what istiod's protocol selection reads
 * (pkg/config/kube/conversion.go); without them it would have to guess.
 */
export class Port<P extends Protocol = Protocol> {
  /** HTTP/1.1, and HTTP/2 where a client asks for it; also web sockets. */
  static http = (number: number, o?: PortOptions) => new Port('http', number, o);
  /** HTTP/2 without TLS. */
  static http2 = (number: number, o?: PortOptions) => new Port('http2', number, o);
  /** gRPC, which is HTTP/2 to Istio: single calls can be routed, retried and delayed. */
  static grpc = (number: number, o?: PortOptions) => new Port('grpc', number, o);
  /** gRPC-Web from browsers, which Envoy turns into gRPC. */
  static grpcWeb = (number: number, o?: PortOptions) => new Port('grpc-web', number, o);
  /** TLS that the application itself speaks: Istio sees connections and the name that they ask for (SNI). */
  static https = (number: number, o?: PortOptions) => new Port('https', number, o);
  /** The same for what is no HTTP inside. */
  static tls = (number: number, o?: PortOptions) => new Port('tls', number, o);
  /** Anything else: Istio sees connections. */
  static tcp = (number: number, o?: PortOptions) => new Port('tcp', number, o);
  /** MongoDB; connections, with statistics of the protocol. */
  static mongo = (number: number, o?: PortOptions) => new Port('mongo', number, o);
  /** MySQL; connections. */
  static mysql = (number: number, o?: PortOptions) => new Port('mysql', number, o);
  /** Redis; connections. */
  static redis = (number: number, o?: PortOptions) => new Port('redis', number, o);
  /** Istio has no Kafka protocol: the port is TCP, named `tcp-kafka`. */
  static kafka = (number: number, o?: PortOptions) => new Port('kafka', number, o);

  /** Name of the Service's port, unique in it. @default the protocol */
  readonly name: string;
  /** The port that the container listens on. */
  readonly target: number;

  private constructor(
    readonly protocol: P,
    readonly number: number,
    o: PortOptions = {},
  ) {
    checkPort(number, `${protocol} port`);
    checkProperties(o, OPTIONS, `${protocol} port ${number}`);
    this.target = o.target ?? number;
    checkPort(this.target, `target of ${protocol} port ${number}`);
    const first = protocol === 'kafka' ? 'tcp' : protocol;
    this.name = o.name ?? (protocol === 'kafka' ? 'tcp-kafka' : protocol);
    dnsLabel(this.name, `name of port ${number}`);
    if (this.name !== first && !this.name.startsWith(`${first}-`)) {
      throw new Error(
        `name "${this.name}" of port ${number} does not begin with its protocol: Istio reads the protocol from the name, so call it "${first}" or "${first}-${this.name}"`,
      );
    }
    if (this.name.length > 15)
      throw new Error(`name "${this.name}" of port ${number} has ${this.name.length} characters: Kubernetes allows 15`);
  }

  /** What Kubernetes and Istio are told (`appProtocol`): Istio's own word, `tcp` for Kafka. */
  get appProtocol(): string {
    return this.protocol === 'kafka' ? 'tcp' : this.protocol;
  }

  /** Whether Istio routes single requests here. */
  get isHttp(): boolean {
    return HTTP.includes(this.protocol);
  }
}

/** Throws unless the number is a port. */
export function checkPort(n: number, what: string): void {
  if (!Number.isInteger(n) || n < 1 || n > 65_535)
    throw new Error(`${what} is ${String(n)}: it has to be a whole number from 1 to 65535`);
}

/** Ports that the proxy has for itself. Source: Istio's ops/deployment/application-requirements page. */
const PROXYS = [15000, 15001, 15004, 15006, 15008, 15009, 15020, 15021, 15053, 15090];

/** Throws where a port of a pod is one that the proxy beside it, or in it, listens on. */
export function notTheProxys(port: number, of: string): void {
  if (PROXYS.includes(port)) throw new Error(`port ${port} of ${of} is one that the proxy itself needs: choose another`);
}

/**
 * Throws where two ports of a service lead to one port of its pods and speak differently: the proxy of a pod has one
 * listener for each, with one protocol. Source: `getFilterChainsByServicePort` in
 * pilot/pkg/networking/core/listener_inbound.go.
 */
export function oneProtocolEach(ports: readonly Port[], of: string): void {
  for (const p of ports) {
    const other = ports.find((q) => q.target === p.target && q.appProtocol !== p.appProtocol);
    if (other)
      throw new Error(
        `ports ${p.number} (${p.protocol}) and ${other.number} (${other.protocol}) of ${of} both lead to port ${p.target} of its pods, where the proxy can speak one protocol: give them the same one, or one of them another target`,
      );
  }
}
