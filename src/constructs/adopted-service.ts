import type { Construct } from 'constructs';
import { checkLabels } from '../values/labels';
import { accountName, quoted } from '../values/names';
import type { Port, Protocol } from '../values/port';
import { checkProperties, type Properties } from '../values/properties';
import type { FoundService } from './adopt-objects';
import type { Callee, Caller } from './caller';
import { type Fork, type ForkProps, forkOf } from './fork-service';
import type { CallPolicyOf } from './opaque-policy';
import { checkPodLabels, inWords, type PodLabels, within } from './pod-labels';
import { factsOf } from './service-facts';
import { ServiceHost } from './service-host';
import { pathOf, tellsItsPath } from './told-at';

/** Properties of an adopted service. */
export interface AdoptedServiceProps<V extends string, P extends Protocol> {
  /** The Service's name. @default - the id in kebab-case */
  readonly name?: string;
  /** The only port; this or `ports`. */
  readonly port?: Port<P>;
  /** Several ports. */
  readonly ports?: readonly Port<P>[];
  /** Labels of each version's pods, besides `podLabels`. */
  readonly versions: Readonly<Record<V, Readonly<Record<string, string>>>>;
  /** Who gets what no rule decides. Needed with several versions, unless a release says it. */
  readonly defaultVersion?: NoInfer<V>;
  /** Labels of all its pods, such as the Service's selector. Who may call and what is called is said of the pods that have them. */
  readonly podLabels: Readonly<Record<string, string>>;
  /** Name of its pods' service account, or of each version's. @default 'default', Kubernetes' own */
  readonly serviceAccount?: string | Readonly<Record<NoInfer<V>, string>>;
  /** All that this service calls; see {@link MeshServiceProps.calls}. */
  readonly calls?: readonly Callee[];
  /** Who may call besides those that declare it; closes the service to all others. */
  readonly allowFrom?: readonly Caller[];
  /** How others call this service. */
  readonly callPolicy?: CallPolicyOf<NoInfer<P>>;
}

const PROPERTIES: Properties<AdoptedServiceProps<string, Protocol>> = {
  name: 'text?',
  port: 'any?',
  ports: 'list?',
  versions: 'map',
  defaultVersion: 'text?',
  podLabels: 'map',
  serviceAccount: 'any?',
  calls: 'list?',
  allowFrom: 'list?',
  callPolicy: 'map?',
};

/** A service whose Kubernetes objects are somebody else's. Made by {@link MeshService.adopt}. */
@tellsItsPath
export class AdoptedService<V extends string = string, P extends Protocol = Protocol> extends ServiceHost<V, P> {
  private readonly undeclared: readonly number[];

  /** @internal */
  constructor(
    scope: Construct,
    id: string,
    props: AdoptedServiceProps<V, P>,
    found: Partial<Pick<FoundService, 'undeclared' | 'namespace' | 'pods'>> = {},
  ) {
    const where = `"${pathOf(scope, id)}"`;
    checkProperties<AdoptedServiceProps<string, Protocol>>(props as AdoptedServiceProps<string, Protocol>, PROPERTIES, where);
    const { podLabels } = props;
    const versions = Object.entries<Readonly<Record<string, string>>>(props.versions);
    checkPodLabels(podLabels, `podLabels of ${where}`);
    for (const [v, labels] of versions) {
      if (typeof labels !== 'object' || labels === null)
        throw new Error(`version "${v}" of ${where} has to be the labels of its pods, such as { version: '${v}' }`);
      checkLabels(labels, `version "${v}" of ${where}`);
    }
    apart(new Map(versions.map(([v, labels]) => [v, { ...podLabels, ...labels }])), where);
    for (const v of typeof props.serviceAccount === 'object' ? Object.keys(props.serviceAccount ?? {}) : [])
      if (!Object.hasOwn(props.versions, v))
        throw new Error(
          `serviceAccount of ${where} names version "${v}", which it has not (it has ${quoted(versions.map(([n]) => n))})`,
        );
    super(scope, id, {
      ...factsOf(scope, id, props, found.namespace),
      podLabels,
      pods: found.pods ?? [],
      versions: Object.fromEntries(versions.map(([v, l]) => [v, { ...podLabels, ...l }])),
      serviceAccounts: Object.fromEntries(versions.map(([v]) => [v, accountOf(props.serviceAccount, v, where)])),
    });
    this.undeclared = found.undeclared ?? [];
    this.declare(props);
  }

  /**
   * What a {@link HeaderRoutedDevEnv} runs instead of this service. Of somebody else's objects nothing is copied but ports,
   * account and what was said about calls, so say all that the pods need.
   */
  fork(workload: ForkProps & { readonly version?: V }): Fork {
    return forkOf(this, {}, workload, workload?.version ?? this.versions.standsIn);
  }

  /** @internal */
  protected override whyOpaque(): string {
    const [port] = this.undeclared;
    return port === undefined
      ? super.whyOpaque()
      : `nothing says what port ${port} speaks, so Istio would guess; if it is HTTP, set appProtocol: http on that port of the Service, or say so with MeshService.adopt and port: Port.http(${port})`;
  }
}

/** Throws where a version's pods are another's too: its subset would take both. */
function apart(versions: ReadonlyMap<string, PodLabels>, where: string): void {
  for (const [wide, labels] of versions)
    for (const [narrow, more] of versions)
      if (wide !== narrow && within(more, labels))
        throw new Error(
          `versions "${wide}" and "${narrow}" of ${where} share pods: those of "${narrow}" (${inWords(more)}) have all labels of "${wide}" (${inWords(labels)}), so what is for "${wide}" would reach them too; give the pods of "${wide}" a label that tells them apart, such as { version: '${wide}' }, and name it here`,
        );
}

function accountOf(said: string | Readonly<Record<string, string>> | undefined, version: string, where: string): string {
  if (typeof said !== 'object') return accountName(said ?? 'default', `serviceAccount of ${where}`);
  return accountName(said[version]!, `serviceAccount of version "${version}" of ${where}`);
}
