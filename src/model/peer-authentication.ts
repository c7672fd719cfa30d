import { byAge, type Config, type Ref, selects } from './config';
import { listedBy } from './listed';

export type MtlsMode = 'DISABLE' | 'PERMISSIVE' | 'STRICT';

/** What a workload's port takes, and the policy that says so; none for Istio's default. */
export interface PortMtls {
  readonly mode: MtlsMode;
  readonly by: Ref | undefined;
}

const modeOf = (mtls: any): MtlsMode | undefined => (mtls?.mode && mtls.mode !== 'UNSET' ? mtls.mode : undefined);
const hasSelector = (c: Config) => Object.keys(c.spec.selector?.matchLabels ?? {}).length > 0;
const ofNamespace = listedBy((c: Config) => [c.namespace]);

/** PeerAuthentications of a mesh. Source: pilot/pkg/model/authentication.go and security/authn/policy_applier.go. */
export class PeerAuthentications {
  private readonly sorted: readonly Config[];

  constructor(
    configs: readonly Config[],
    private readonly root: string,
  ) {
    this.sorted = [...configs].sort(byAge);
  }

  /** What a workload takes on a port of its own, which is the target port. The oldest policy of each level counts. */
  ofWorkload(namespace: string, labels: Readonly<Record<string, string>>, port: number): PortMtls {
    const levels = this.levels(namespace, labels).map(([oldest]) => oldest);
    const workload = levels[2];
    let out: PortMtls = { mode: 'PERMISSIVE', by: undefined };
    for (const c of levels) {
      const mode = modeOf(c?.spec.mtls);
      if (c && mode) out = { mode, by: { manifest: c.manifest, path: ['spec', 'mtls', 'mode'] } };
    }
    const level = workload?.spec.portLevelMtls?.[port];
    const mode = modeOf(level);
    return workload && mode
      ? { mode, by: { manifest: workload.manifest, path: ['spec', 'portLevelMtls', String(port), 'mode'] } }
      : out;
  }

  /** The policies about a workload, the oldest first: the mesh's, its namespace's, and those that select it. */
  levels(namespace: string, labels: Readonly<Record<string, string>>): readonly (readonly Config[])[] {
    const wide = (ns: string) => ofNamespace(this.sorted, ns).filter((c) => !hasSelector(c));
    if (namespace === this.root) return [wide(this.root)];
    const own = ofNamespace(this.sorted, namespace);
    return [wide(this.root), wide(namespace), own.filter((c) => hasSelector(c) && selects(c.spec.selector.matchLabels, labels))];
  }

  /** What clients take a namespace's services to want; nothing where no policy says. */
  ofNamespace(namespace: string): MtlsMode | undefined {
    const mesh = this.wide(this.root);
    const global = mesh ? (modeOf(mesh.spec.mtls) ?? 'PERMISSIVE') : undefined;
    if (namespace === this.root) return global;
    const own = this.wide(namespace);
    return own ? (modeOf(own.spec.mtls) ?? global ?? 'PERMISSIVE') : global;
  }

  private wide(namespace: string): Config | undefined {
    return ofNamespace(this.sorted, namespace).find((c) => !hasSelector(c));
  }
}
