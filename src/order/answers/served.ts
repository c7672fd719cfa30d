/** A Service that some pods answer for. */
export interface Serving {
  readonly host: string;
  readonly namespace: string;
  readonly ports: readonly { readonly port: number; readonly target: number }[];
}

/** The Services that some pods answer for. */
export class Served {
  /** By their hosts. */
  readonly byHost: ReadonlyMap<string, readonly Serving[]>;
  /** Ports of the pods to which they lead, each once. */
  readonly targets: ReadonlySet<number>;

  constructor(readonly all: readonly Serving[]) {
    const byHost = new Map<string, Serving[]>();
    for (const s of all)
      if (byHost.has(s.host)) byHost.get(s.host)!.push(s);
      else byHost.set(s.host, [s]);
    this.byHost = byHost;
    this.targets = new Set(all.flatMap((s) => s.ports.map((p) => p.target)));
  }
}
