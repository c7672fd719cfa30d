import type { Compared, Said } from './compare';

/** Where the checker and istioctl's analyzers differ, and are meant to. */
export interface Difference {
  /** `*`: of any. */
  readonly code: string;
  /** Who finds it, alone. */
  readonly by: 'istioctl' | 'us' | 'either';
  /** Why we are right. */
  readonly why: string;
  /** Whether a finding is such a one. */
  is(said: Said, objects: readonly any[], c: Compared): boolean;
}

const nameOf = (o: any): string => `${o.metadata?.namespace ? `${o.metadata.namespace}/` : ''}${o.metadata?.name}`;
const objectOf = (said: Said, objects: readonly any[]): any =>
  objects.find((o) => `${o.kind} ${nameOf(o)}` === said.resource) ?? {};

/** Namespaces that istioctl passes over. */
const SYSTEM = new Set(['kube-system', 'kube-public', 'kube-node-lease', 'local-path-storage']);
const isOfSystem = (o: any): boolean =>
  SYSTEM.has(o.metadata?.namespace) || (o.kind === 'Namespace' && SYSTEM.has(o.metadata?.name));

/** Namespaces of the pods that a Gateway is for. */
function namespacesOfPods(gateway: any, objects: readonly any[]): Set<string> {
  const selector = Object.entries(gateway.spec?.selector ?? {});
  const takes = (labels: any) => selector.every(([k, v]) => labels?.[k] === v);
  const out = new Set<string>(takes({ istio: 'ingressgateway' }) ? ['istio-system'] : []);
  for (const o of objects) {
    const labels = o.kind === 'Pod' ? o.metadata?.labels : o.spec?.template?.metadata?.labels;
    if ((o.kind === 'Pod' || o.spec?.template) && takes(labels)) out.add(o.metadata?.namespace ?? '');
  }
  return out;
}

const SUPPRESS = 'galley.istio.io/analyze-suppress';
const suppresses = (o: any, code: string): boolean =>
  String(o.metadata?.annotations?.[SUPPRESS] ?? '')
    .split(',')
    .some((c) => c.trim() === '*' || c.trim() === code);

/** All differences: shown in docs/checks.md. */
export const DIFFERENCES: readonly Difference[] = [
  ...(['IST0103', 'IST0147'] as const).map(
    (code): Difference => ({
      code,
      by: 'istioctl',
      why: "istioctl says it of the pod that a template makes, which does not have the workload's own annotations; to suppress it on the workload is what is meant.",
      is: (said, objects) => {
        const o = objectOf(said, objects);
        return o.spec?.template !== undefined && suppresses(o, code);
      },
    }),
  ),
  {
    code: '*',
    by: 'either',
    why: 'istioctl passes over objects of the namespaces of Kubernetes itself (kube-system and others), so that it takes their Services for missing; they are read here.',
    is: (said, objects) => {
      const o = objectOf(said, objects);
      return isOfSystem(o) || [...SYSTEM].some((n) => JSON.stringify(o.spec ?? {}).includes(n));
    },
  },
  ...(['IST0101', 'IST0161'] as const).map(
    (code): Difference => ({
      code,
      by: 'either',
      why: 'Where pods of a Gateway are in several namespaces, istioctl looks for its Secrets in one of them, by chance another each time.',
      is: (said, objects) => {
        const o = objectOf(said, objects);
        return (
          o.kind === 'Gateway' && said.messages.every((m) => /credential|Secret/.test(m)) && namespacesOfPods(o, objects).size > 1
        );
      },
    }),
  ),
  {
    code: 'IST0101',
    by: 'istioctl',
    why: 'Secrets that controllers make of other objects (Certificate, SealedSecret, ExternalSecret) are taken to be there.',
    is: (said, objects) =>
      said.messages.every((m) => m.includes('credentialName')) &&
      objects.some((o) => /^(Certificate|SealedSecret|ExternalSecret)$/.test(o.kind)),
  },
  {
    code: 'IST0101',
    by: 'istioctl',
    why: 'Namespaces that objects are in are taken to be there.',
    is: (said, objects) =>
      said.messages.every((m) => {
        const name = /Referenced namespace not found: "(.*)"/.exec(m)?.[1];
        const bare = name?.replace(/^\*|\*$/g, '').toLowerCase();
        return bare !== undefined && objects.some((o) => String(o.metadata?.namespace ?? '').includes(bare));
      }),
  },
  {
    code: 'IST0101',
    by: 'istioctl',
    why: 'istioctl says of a Gateway without servers that its selector matches nothing, whatever the selector is.',
    is: (said, objects) => said.resource.startsWith('Gateway ') && !(objectOf(said, objects).spec?.servers?.length > 0),
  },
  {
    code: 'IST0101',
    by: 'istioctl',
    why: 'Pods that say no namespace are in that of the client; istioctl, which then has none for a Gateway’s pods, says that the selector matches nothing.',
    is: (said, objects) =>
      said.messages.every((m) => m.startsWith('Referenced selector not found')) &&
      objects.some((o) => /^(Pod|Deployment|StatefulSet|DaemonSet|Job)$/.test(o.kind) && !o.metadata?.namespace),
  },
  {
    code: 'IST0101',
    by: 'istioctl',
    why: 'istioctl misses the host "" of a route that has no destination; that it has none is found as a missing field (IST0106).',
    is: (said, objects) =>
      said.messages.every((m) => m === 'Referenced host not found: ""') &&
      ['http', 'tcp', 'tls'].some((protocol) =>
        (objectOf(said, objects).spec?.[protocol] ?? []).some((rule: any) =>
          [...(rule?.route ?? []), ...(rule?.mirrors ?? [])].some((r: any) => r && !r.destination),
        ),
      ),
  },
  {
    code: 'IST0109',
    by: 'istioctl',
    why: 'A VirtualService that has the same host twice conflicts with itself for istioctl; it is found as a duplicate (IST0106).',
    is: (said, objects) => {
      const hosts: string[] = objectOf(said, objects).spec?.hosts ?? [];
      return new Set(hosts).size < hosts.length;
    },
  },
  {
    code: 'IST0127',
    by: 'istioctl',
    why: 'Pods in ambient mode are guarded by ztunnel: those of a namespace or a template with `istio.io/dataplane-mode: ambient`; istioctl knows them only by an annotation that the cluster writes.',
    is: (_, objects) => objects.some((o) => JSON.stringify(o).includes('"istio.io/dataplane-mode":"ambient"')),
  },
  {
    code: 'IST0127',
    by: 'istioctl',
    why: 'A policy with targetRefs and no selector is enforced by what it is attached to, a waypoint or a gateway; istioctl looks for pods of its namespace that are in the mesh.',
    is: (said, objects) => {
      const { spec } = objectOf(said, objects);
      return !spec?.selector && (spec?.targetRefs?.length > 0 || !!spec?.targetRef);
    },
  },
  {
    code: 'IST0145',
    by: 'us',
    why: 'Where Gateways have a host twice on one port, once with `bind` and once without, istioctl forgets one of the two (model.CheckDuplicates writes into the map that it reads), and the conflict of another Gateway with that one.',
    is: (_, objects) => {
      const binds = new Map<string, Set<string>>();
      for (const o of objects)
        for (const s of o.kind === 'Gateway' ? (o.spec?.servers ?? []) : [])
          for (const h of s?.hosts ?? []) {
            const key = `${s.port?.number} ${h}`;
            binds.set(key, (binds.get(key) ?? new Set()).add(s.bind ?? ''));
          }
      return [...binds.values()].some((b) => b.size > 1);
    },
  },
  {
    code: 'IST0145',
    by: 'istioctl',
    why: 'istioctl writes the hosts of a server into what it knows of the Gateways that it was compared with (model.CheckDuplicates), so a host in two servers of one Gateway conflicts with Gateways that do not have it.',
    is: (said, objects) => {
      const servers = (g: any): string[] =>
        (g.spec?.servers ?? []).flatMap((s: any) => (s.hosts ?? []).map((h: string) => `${s.port?.number} ${s.bind ?? ''} ${h}`));
      const own = new Set(servers(objectOf(said, objects)));
      const told = said.messages.flatMap((m) => /Conflict with gateways (\S+)/.exec(m)?.[1]?.split(',') ?? []);
      return !objects.some((o) => o.kind === 'Gateway' && told.includes(nameOf(o)) && servers(o).some((k) => own.has(k)));
    },
  },
  {
    code: 'IST0162',
    by: 'istioctl',
    why: 'A port of a Service without `protocol` is TCP, as the API server sets it; istioctl passes over it in files.',
    is: (_, objects) =>
      objects.some((o) => o.kind === 'Service' && (o.spec?.ports ?? []).some((p: any) => p.protocol === undefined)),
  },
  {
    code: 'IST0162',
    by: 'istioctl',
    why: 'The gateway that Istio installs listens at 8080 and 8443; the one that istioctl takes to be there at 80 and 443.',
    is: (said) =>
      said.messages.every((m) => /Pod selector (\)|([^)]*,)?istio=ingressgateway[,)])/.test(m) && /\b(8080|8443)\b/.test(m)),
  },
  ...(['IST0101', 'IST0127', 'IST0173'] as const).map(
    (code): Difference => ({
      code,
      by: 'istioctl',
      why: 'Selectors of Sidecars, Telemetries, policies and Services choose WorkloadEntries, and the machines of WorkloadGroups, too; istioctl looks at Pods alone.',
      is: (said, objects) => {
        const o = objectOf(said, objects);
        const subsets: any[] = o.kind === 'DestinationRule' ? (o.spec?.subsets ?? []) : [];
        const wanted =
          subsets.length > 0 ? subsets.map((s) => s.labels) : [o.spec?.workloadSelector?.labels ?? o.spec?.selector?.matchLabels];
        return objects.some((m) => {
          const labels =
            m.kind === 'WorkloadEntry'
              ? { ...m.spec?.labels, ...m.metadata?.labels }
              : m.kind === 'WorkloadGroup'
                ? { ...m.spec?.template?.labels, ...m.spec?.metadata?.labels }
                : undefined;
          return labels && wanted.some((w) => Object.entries(w ?? {}).every(([k, v]) => labels[k] === v));
        });
      },
    }),
  ),
  {
    code: 'IST0173',
    by: 'istioctl',
    why: 'Subsets of a ServiceEntry choose among its endpoints and WorkloadEntries; istioctl looks at Pods alone.',
    is: (said, objects) =>
      objects.some((o) => o.kind === 'ServiceEntry' && (o.spec?.hosts ?? []).includes(objectOf(said, objects).spec?.host)),
  },
  {
    code: 'IST0174',
    by: 'istioctl',
    why: 'A DestinationRule for a wildcard (`*.shop.svc.cluster.local`) is for all hosts within; istioctl wants a ServiceEntry with that very wildcard.',
    is: (said, objects) => String(objectOf(said, objects).spec?.host ?? '').startsWith('*'),
  },
  {
    code: 'IST0158',
    by: 'istioctl',
    why: 'Only Pods that are written are compared with the injector’s image: what a template makes is injected anew.',
    is: (_, objects) => objects.some((o) => /^(Deployment|StatefulSet|DaemonSet|Job)$/.test(o.kind)),
  },
  {
    code: 'IST0146',
    by: 'istioctl',
    why: 'Where the manifests hold no webhook of the injector, it is taken to be there as Istio installs it.',
    is: (_, objects) =>
      !objects.some((o) =>
        (o.webhooks ?? []).some((w: any) => o.kind === 'MutatingWebhookConfiguration' && `${w.name}`.endsWith('istio.io')),
      ),
  },
  {
    code: 'IST0171',
    by: 'istioctl',
    why: 'A condition without a status is none, and the API server takes none such; istioctl takes each of a type that it does not know for a negative one.',
    is: (said, objects) => (objectOf(said, objects).status?.conditions ?? []).some((c: any) => !c.status),
  },
];
