import { add, age, ROOT, type World } from './world';

/** Sidecars: what the proxies of a namespace are told of. */
export function randomScopes(w: World, client: string): void {
  const { dice } = w;
  if (dice.chance(0.75)) return;
  dice.many(1, 2, (i) => {
    const namespace = dice.chance(0.75) ? client : dice.pick([...w.namespaces, ROOT]);
    add(
      w,
      'Sidecar',
      namespace,
      `scope-${i}`,
      {
        ...(namespace === ROOT
          ? {}
          : dice.maybe(0.3, 'workloadSelector', () => ({ labels: { app: dice.pick(['client', 'client', 'other']) } }))),
        ...dice.maybe(0.3, 'outboundTrafficPolicy', () =>
          dice.chance(0.1) ? {} : { mode: dice.pick(['REGISTRY_ONLY', 'ALLOW_ANY']) },
        ),
        ...dice.maybe(0.95, 'egress', () => egress(w)),
      },
      age(w),
    );
  });
}

function egress(w: World): any[] {
  const { dice } = w;
  const ports = dice.chance(0.3)
    ? dice.some([...new Set(w.services.flatMap((s) => s.ports.map((p) => p.port)))], dice.int(1, 2))
    : [];
  return [
    ...ports.map((number, i) => ({
      port: { number, protocol: dice.pick(['HTTP', 'HTTP', 'TCP', 'GRPC', 'TLS']), name: `egress-${i}` },
      hosts: hosts(w),
    })),
    ...(ports.length === 0 || dice.chance(0.8) ? [{ hosts: hosts(w) }] : []),
  ];
}

function hosts(w: World): string[] {
  const { dice } = w;
  const one = () => dice.pick(w.services).host;
  return dice.some(
    [
      './*',
      '*/*',
      ...w.namespaces.map((n) => `${n}/*`),
      `*/${one()}`,
      `./${one()}`,
      `${dice.pick(w.namespaces)}/${one()}`,
      `*/*.${dice.pick(w.namespaces)}.svc.cluster.local`,
      ...(dice.chance(0.4) ? [`~${dice.pick(w.namespaces)}/${dice.chance(0.5) ? '*' : one()}`, `~*/${one()}`, '~/*'] : []),
    ],
    dice.int(1, 3),
  );
}
