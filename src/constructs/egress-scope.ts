import { Lazy } from 'cdk8s';
import type { Construct } from 'constructs';
import { Sidecar, type SidecarSpec } from '../../imports/networking.istio.io';
import { AppModel, type Settles } from './app-model';
import type { Callee } from './caller';
import { egressHosts } from './egress-hosts';
import { Mesh } from './mesh';
import { inWords } from './pod-labels';
import { seenFrom } from './service-reference';
import { type HasPods, sharingPods } from './shared-pods';

/** Whose calls they are: a service, or a job. */
export interface Calling extends Construct, HasPods {
  readonly name: string;
  /** What it is called in errors. */
  readonly callerName: string;
}

/**
 * What a service can reach: the Sidecar that its declared calls give. Nothing declared means nothing known, and no
 * Sidecar; nor is there one in an ambient namespace, where ztunnel reads none. Each Sidecar repeats the outbound policy of
 * the namespace's, since there is no inheritance among Sidecars.
 * Source: Istio's networking/sidecar reference, pilot/pkg/model/push_context.go.
 */
export class EgressScope implements Settles {
  private readonly callees = new Set<Callee>();
  /** What the proxy itself asks, besides what the service calls. */
  private readonly asked = new Set<Callee>();
  private declared = false;
  private base: EgressScope | undefined;
  private object: Sidecar | undefined;

  constructor(private readonly service: Calling) {}

  /** The service's: errors and warnings are told there. */
  get node() {
    return this.service.node;
  }

  /** Says that what is declared is all. */
  complete(): void {
    this.declared = true;
    AppModel.of(this.service).touch();
  }

  /** Reaches what the other service reaches. */
  copy(base: EgressScope): void {
    this.base = base;
  }

  /** Adds a callee to what can be reached. */
  declare(callee: Callee): void {
    this.callees.add(callee);
    this.complete();
  }

  /** Lets the proxy itself ask a service, and says nothing of what the service calls. */
  reach(callee: Callee): void {
    this.asked.add(callee);
  }

  /** What was declared, or `undefined` when nothing was said. */
  get calls(): readonly Callee[] | undefined {
    return this.declared || this.base?.calls ? [...(this.base?.calls ?? []), ...this.callees] : undefined;
  }

  /** All that its Sidecar lets through by name, where it has one. */
  get reached(): readonly Callee[] {
    return [...(this.calls ?? []), ...this.asked];
  }

  /** Two Sidecars for one pod: of these Istio obeys the older alone. */
  compile(): void {
    if (!this.calls || this.namespace?.ambient) return;
    const { services } = AppModel.of(this.service);
    const other = sharingPods(this.service).find((s) => s.egress.calls);
    if (!other || services.indexOf(other) > services.findIndex((s) => (s as unknown) === this.service)) return;
    throw new Error(
      `${this.service.callerName} has pods of "${other.node.path}" (${inWords(other.labels)}), and both say what they call: each would be a Sidecar for these pods, of which Istio obeys the older alone; say all calls at one of them, and leave calls out at the other`,
    );
  }

  /** A service that does not say what it calls, where what is not said is denied. */
  warnings(): readonly string[] {
    const { service } = this;
    const secured = AppModel.of(service).secured.get(service.namespace);
    if (this.calls || !secured?.denies || sharingPods(service).some((s) => s.egress.calls)) return [];
    return [
      'does not say what it calls, in a namespace that denies what is not said: its callees answer it with 403; give it calls: […], or [] when it calls nothing',
    ];
  }

  /** Makes the Sidecar, where calls are declared. */
  render(): void {
    if (!this.calls || this.object || this.namespace?.ambient) return;
    this.object = new Sidecar(this.service, 'Sidecar', {
      metadata: { name: this.service.name, namespace: this.service.namespace },
      spec: Lazy.any({ produce: () => this.spec() }),
    });
  }

  private get namespace() {
    return AppModel.of(this.service).secured.get(this.service.namespace);
  }

  private spec(): SidecarSpec {
    const mesh = Mesh.of(this.service);
    const hosts = new Set([`${mesh.rootNamespace}/*`, ...mesh.providers]);
    for (const c of this.reached) for (const h of seenFrom(this.service, c).egressHosts()) hosts.add(h);
    const outbound = this.namespace?.outbound;
    return {
      workloadSelector: { labels: this.service.labels },
      egress: [{ hosts: egressHosts([...hosts], this.service.namespace).sort() }],
      ...(outbound ? { outboundTrafficPolicy: { mode: outbound } } : {}),
    };
  }
}
