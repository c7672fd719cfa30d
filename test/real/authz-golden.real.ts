import { type Golden, goldens, slices } from './authz/golden';
import { issuersOf, requestNear, UNREACHABLE } from './authz/requests';
import type { RealContext } from './lane';
import { expectNone, type Report } from './report';
import { asked, disagreements } from './trace/compare';
import { Dice } from './trace/dice';
import { jwks } from './trace/tokens';
import { disagreementText } from './trace/words';
import type { RandomCase } from './trace/world';

export const name = 'authz-golden';

/** Requests to all policies of a file together, and to each field of them alone. */
const TO_ALL = 24;
const TO_ONE = 6;
const LABELS = { app: 'httpbin', version: 'v1' };
/** Addresses of the workload: `destination.ip` is about them. */
const ADDRESSES = ['10.10.10.10', '192.168.10.7', '90.10.10.10', '10.244.7.7'];

/** The policies of Istio's own tests of its authorization filters decide in Envoy as the trace says. */
export async function run({ oracle, components, seed }: RealContext, report: Report): Promise<void> {
  const all = goldens(components.istioTests);
  const isCustom = (g: Golden) => g.policies.some((p) => p.spec.action === 'CUSTOM');
  const driven = all.filter((g) => !isCustom(g));
  const left = all.filter(isCustom).map((g) => g.name);
  report.progress(`${driven.length} of ${all.length} files; a provider outside decides about ${left.join(', ')}`);
  const fields = new Set(driven.flatMap((g) => slices(g.policies).map(({ field }) => fieldOf(field))));
  const unreachable = [...fields].filter((field) => UNREACHABLE.some((u) => u.test(field)));
  report.progress(`asked, but met by no request of the lane: ${unreachable.join(', ')}`);
  const cases = driven.flatMap((g, i) => casesOf(g, seed * 1000 + i));
  const answers = await oracle.ask(cases.map(asked));
  const said = new Map<string, Set<string>>();
  for (const g of driven) {
    await report.check(`${g.name}: the trace decides as Envoy does`, () => {
      const wrong = cases.flatMap((c, i) => {
        if (!c.id.startsWith(`${g.name}:`)) return [];
        const answer = answers[i]!;
        if (!answer.expected) return [`${c.id}: no answer: ${answer.error}`];
        for (const { action, status } of answer.expected)
          said.set(c.id, (said.get(c.id) ?? new Set()).add(action === 'route' ? String(status) : action));
        return disagreements(c, answer).map((d) => disagreementText(c.id, d));
      });
      expectNone('it does not', wrong);
    });
  }
  const requests = cases.reduce((n, c) => n + c.requests.length, 0);
  const both = [...said.values()].filter((s) => s.size > 1).length;
  report.progress(`${requests} requests; ${both} of ${cases.length} sets of policies let some in and some not`);
  await report.check('a third of the sets of policies at least let some in and some not', () => {
    if (both < cases.length / 3) throw new Error(`only ${both} of ${cases.length}`);
  });
}

/** `httpbin-1.rules[0].when[source.ip].values` -> `source.ip`. */
const fieldOf = (field: string) => /when\[(.+)\]\.\w+$/.exec(field)?.[1] ?? field.slice(field.lastIndexOf('.') + 1);

function casesOf(golden: Golden, seed: number): RandomCase[] {
  const dice = new Dice(seed);
  return [
    made(golden, dice, 'all', golden.policies, TO_ALL),
    ...slices(golden.policies.filter(decides)).map(({ field, policy }) => made(golden, dice, field, [policy], TO_ONE)),
  ];
}

/** Whether a policy lets in or keeps out, and does not only watch. */
const decides = ({ metadata, spec }: any) => spec.action !== 'AUDIT' && metadata.annotations?.['istio.io/dry-run'] !== 'true';

function made(
  { name: file, protocol, trustDomain }: Golden,
  dice: Dice,
  what: string,
  policies: readonly any[],
  count: number,
): RandomCase {
  const named = portsOf(policies);
  const ports = [7000, ...(named.length > 0 ? named : [80])];
  const requests = Array.from({ length: count }, () => requestNear(dice, policies, ports));
  const issuers = issuersOf(requests);
  const metadata = (name: string) => ({ name, namespace: 'foo' });
  const tokens = {
    apiVersion: 'security.istio.io/v1',
    kind: 'RequestAuthentication',
    metadata: metadata('tokens'),
    spec: { jwtRules: issuers.map((issuer) => ({ issuer, jwks })) },
  };
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadata('httpbin'),
    spec: {
      selector: { app: 'httpbin' },
      ports: [...new Set(ports)].map((port) => ({ name: `${protocol}-${port}`, port, targetPort: port })),
    },
  };
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...metadata('httpbin'), labels: { ...LABELS, 'security.istio.io/tlsMode': 'istio' } },
    spec: { containers: [{ name: 'c', image: 'app' }] },
    status: { podIP: dice.pick(ADDRESSES) },
  };
  return {
    id: `${file}: ${what}`,
    objects: [...policies, service, pod, ...(issuers.length > 0 ? [tokens] : [])],
    meshConfig: trustDomain ?? {},
    client: { kind: 'sidecar', namespace: 'foo', name: 'httpbin', labels: LABELS },
    requests,
  };
}

/** Ports that policies name. */
function portsOf(policies: readonly any[]): number[] {
  const rules = policies.flatMap((p) => (p.spec.rules ?? []) as any[]);
  const operations = rules.flatMap((r) => ((r?.to ?? []) as any[]).map((t) => t?.operation ?? {}));
  const when = rules.flatMap((r) => ((r?.when ?? []) as any[]).filter((w) => w.key === 'destination.port'));
  return [
    ...operations.flatMap((o) => [...(o.ports ?? []), ...(o.notPorts ?? [])]),
    ...when.flatMap((w) => [...(w.values ?? []), ...(w.notValues ?? [])]),
  ].map(Number);
}
