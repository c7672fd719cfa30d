import { keyOf } from '../../manifests/key-of';
import type { Manifest } from '../../manifests/manifest';
import { byAge, type Config, selects } from '../../model/config';
import { isHttpServer, type Server } from '../../model/gateway-servers';
import { mergeServers } from '../../model/gateways';
import { commonHosts, hostsForNamespace, hostsMeet, hostWithin, isWild, moreSpecific } from '../../model/host';
import { canonical, isEqual } from '../../values/equal';
import { type Fact, isRoutes, list, nameOf, type References } from '../facts/references';
import type { Bridge } from '../facts/seen-subsets';
import { gatewaysOf, isGateway, MESH, serverHosts } from '../facts/served-hosts';
import type { Together } from '../facts/together';
import { gatewayForms, nameIn } from '../forms/gateway-forms';
import { Doors } from './gateway-doors';
import { conditionsOf, type Sample, samplesOf, takersOf, takes } from './gateway-samples';

type Labels = Readonly<Record<string, string>>;
type States = ReadonlyMap<string, Manifest>;

/** Who answers at Gateways. */
export interface GatewayAnswers {
  readonly together: readonly Together[];
  /** What plays a part in it. */
  readonly has: (key: string) => boolean;
  /** For what is in a knot. */
  readonly bridge: Bridge;
}

/**
 * Who answers at the pods of Gateways, where what is bound there changes: which Gateway takes a host at a port, and which rules are
 * bound to that for it, hangs on all of them together. Where both states answer, somebody does at all times, and by rules that are
 * for the host in either of the two.
 * Source: pilot/pkg/model/gateway.go, MergeGateways, and pilot/pkg/networking/core/gateway.go.
 */
export function gatewayAnswers(live: readonly Manifest[], desired: readonly Manifest[]): GatewayAnswers {
  const together = groupsOf(live, desired);
  const members = new Set(together.flatMap((t) => t.members));
  const has = (key: string) => members.has(key);
  return { together, has, bridge: (from, to) => (has(keyOf((to ?? from)!)) ? gatewayForms(from, to, live) : undefined) };
}

/**
 * What rules need, without their Gateways where they are in a form between: they are bound to those of both states then, and to be bound
 * to one that is not there does nothing.
 * @param isEnd whether an object is in one of the two states
 */
export const withoutGateways = (m: Manifest, all: References, isEnd: (m: Manifest) => boolean): References =>
  isRoutes(m) && !isEnd(m) ? { ...all, needs: new Set([...all.needs].filter((f) => !/^(gateway|server) /.test(f))) } : all;

function groupsOf(live: readonly Manifest[], desired: readonly Manifest[]): readonly Together[] {
  const states = [live, desired].map(statesOf) as [States, States];
  const keys = new Set(states.flatMap((s) => [...s.keys()]));
  const objects = new Map([...keys].map((key) => [key, states.flatMap((s) => s.get(key) ?? [])] as const));
  const turned = [...objects].filter(
    ([key]) => !isEqual(...(states.map((s) => s.get(key) && bindingOf(s.get(key)!)) as [unknown, unknown])),
  );
  if (turned.length === 0) return [];
  const changed = [...new Set(turned.flatMap(([, some]) => some.flatMap(hostsIn)))];
  const hosts = [...new Set([...objects.values()].flat().flatMap(hostsIn))].filter((h) => changed.some((c) => hostsMeet(h, c)));
  const gateways: Objects = new Map([...objects].filter(([, [m]]) => isGateway(m!)));
  const rulesFor = rulesByHost(new Map([...objects].filter(([, [m]]) => isRoutes(m!))));
  const pods = new Map([...gateways.values()].flat().map((m) => [canonical(selectorOf(m)), selectorOf(m)] as const));
  return [...pods.values()].flatMap((labels) => {
    const own = new Map([...gateways].filter(([, some]) => some.some((m) => selects(selectorOf(m), labels))));
    const servers = [...own.values()].flat().flatMap((m) => list(m.object.spec?.servers));
    const doors = new Map(
      servers.map((s) => [`${s.port?.number} ${Boolean(s.tls)}`, { port: Number(s.port?.number), tls: Boolean(s.tls) }]),
    );
    return [...doors.values()].flatMap((door) => {
      const all = new Doors(door, own);
      return hosts.flatMap((host) => new Ask(labels, all, host).together(states, rulesFor(host)));
    });
  });
}

const statesOf = (all: readonly Manifest[]): States =>
  new Map(all.filter((m) => isGateway(m) || isBound(m)).map((m) => [keyOf(m), m]));

/** States of objects, by key. */
type Objects = ReadonlyMap<string, readonly Manifest[]>;

/** Rules that may be for requests for a host. */
function rulesByHost(rules: Objects): (host: string) => Objects {
  const named = new Map<string, Set<string>>();
  for (const [key, some] of rules) for (const h of some.flatMap(hostsIn)) named.set(h, (named.get(h) ?? new Set()).add(key));
  const wild = [...named.keys()].filter(isWild);
  return (host) => {
    const names = isWild(host) ? [...named.keys()] : [host, ...wild];
    const keys = new Set(names.filter((h) => hostsMeet(h, host)).flatMap((h) => [...(named.get(h) ?? [])]));
    return new Map([...keys].map((key) => [key, rules.get(key)!]));
  };
}

/** Requests for a host, or for a wildcard those for hosts of it that nobody names, at a door of the pods of Gateways. */
class Ask {
  constructor(
    private readonly labels: Labels,
    private readonly doors: Doors,
    private readonly host: string,
  ) {}

  /** Who answers, where both states do and it is not the same all the way: of requests that the same rules take, of some. */
  together([before, after]: readonly [States, States], rules: Objects): readonly Together[] {
    const { keys, beside } = this.doors.near(this.host);
    const names = new Set(keys.map((key) => nameOf((before.get(key) ?? after.get(key))!)));
    const bound = [...rules].filter(([, some]) =>
      some.some((m) => this.levelOf(m) !== undefined && gatewaysOf(m).some((g) => names.has(g))),
    );
    const isTurned = ([key]: readonly [string, unknown]) =>
      !isEqual(...([before, after].map((s) => s.has(key) && bindingOf(s.get(key)!)) as [unknown, unknown]));
    const turned = bound.length > 1 ? bound.filter(isTurned) : [];
    const samples = turned.length > 0 ? turned.flatMap(([, some]) => some.flatMap(samplesOf)) : [undefined];
    const takersIn = [before, after].map((s) => takersOf(bound.flatMap(([k]) => (s.has(k) ? [[k, s.get(k)!] as const] : []))));
    const out = new Map<string, Together | undefined>();
    for (const sample of samples) {
      const takers = takersIn.map((of) => of(sample));
      const print = takers.map((some) => some.join()).join(' ');
      if (out.has(print)) continue;
      const about = new Set(takers.flat());
      const levels = new Set([...about].flatMap((k) => rules.get(k)!.map((m) => this.levelOf(m))));
      // rules of a host that is said more closely keep requests from those that take them
      const others = bound.filter(
        ([k, some]) => !about.has(k) && some.some((m) => levels.size > 1 || !levels.has(this.levelOf(m))),
      );
      out.set(print, this.answered([before, after], [...keys, ...about, ...others.map(([k]) => k)], sample, beside));
    }
    return [...out.values()].flatMap((t) => t ?? []);
  }

  /** Who answers some of the requests, by the keys of all that play a part. */
  private answered(
    [before, after]: readonly [States, States],
    all: readonly string[],
    sample: Sample | undefined,
    beside: readonly string[],
  ): Together | undefined {
    const partOf = (m: Manifest | undefined) => m && this.partOf(m, sample, beside);
    const members = all.filter((key) => !isEqual(partOf(before.get(key)), partOf(after.get(key))));
    if (members.length === 0) return undefined;
    const moving = new Set(members);
    const age = (key: string, m: Manifest) => m.created ?? (before.has(key) ? 0 : Number.MAX_SAFE_INTEGER);
    const answersIn = (state: (key: string) => Manifest | undefined): readonly string[] =>
      this.answers(
        all.flatMap((key) => {
          const m = moving.has(key) ? state(key) : before.get(key);
          const { name, namespace } = m ?? {};
          return m ? [{ name, namespace, spec: partOf(m), manifest: m, created: age(key, m) } as Config] : [];
        }),
        sample,
      );
    const [old, now] = [before, after].map((s) => new Set(answersIn((key) => s.get(key)))) as [Set<string>, Set<string>];
    if (old.size === 0 || now.size === 0) return undefined;
    /** Whether it answers in one of the two states, as it is in that. */
    const isOf = (key: string, m: Manifest | undefined) => {
      if (!moving.has(key)) return old.has(key) || now.has(key);
      return (m !== after.get(key) && old.has(key)) || (m !== before.get(key) && now.has(key));
    };
    const { port, tls } = this.doors.door;
    const { condition = '', path = '' } = sample ?? {};
    const fact: Fact = `answered ${canonical(this.labels)} ${condition} ${tls ? 'https' : 'http'}://${this.host}:${port}${path}`;
    return {
      members,
      keeps: true,
      provides: (state) => {
        const by = answersIn(state);
        return by.length > 0 && by.every((key) => isOf(key, state(key))) ? [fact] : [];
      },
    };
  }

  /** The host of rules that the requests are for: the closest. */
  private levelOf(m: Manifest): string | undefined {
    return hostsIn(m)
      .filter((h) => isMeant(this.host, h))
      .sort((a, b) => (moreSpecific(a, b) ? -1 : 1))[0];
  }

  /** What of a Gateway or of rules is about the requests. */
  private partOf(m: Manifest, sample: Sample | undefined, beside: readonly string[]): object | undefined {
    if (!isGateway(m)) {
      const hosts = hostsIn(m).filter((h) => isMeant(this.host, h));
      const gateways = gatewaysOf(m);
      return hosts.length > 0
        ? { hosts, gateways: gateways.map((g) => [g, takes(m, undefined, g), takes(m, sample, g)]) }
        : undefined;
    }
    if (!selects(selectorOf(m), this.labels)) return undefined;
    return { selector: selectorOf(m), servers: this.doors.slices(m, this.host, beside) };
  }

  /** The keys of the rules that the requests are answered by. */
  private answers(configs: readonly Config[], sample: Sample | undefined): readonly string[] {
    const { door } = this.doors;
    const taken = configs.filter((c) => c.spec);
    const gateways = taken.filter((c) => isGateway(c.manifest));
    const { byPort } = mergeServers(gateways, { labels: this.labels, targetPorts: new Map() });
    const servers = [...byPort.values()].flat().filter((s) => s.listenPort === door.port && Boolean(s.tls) === door.tls);
    const rules = taken.filter((c) => isRoutes(c.manifest)).sort(byAge);
    const byDomain = new Map<string, Set<string>>();
    for (const s of door.tls ? chosen(servers, this.host) : servers)
      for (const { namespace, spec, manifest: m } of rules)
        if (gatewaysOf(m).includes(s.gateway) && takes(m, undefined, s.gateway))
          for (const domain of commonHosts(hostsForNamespace(s.hosts, namespace), spec.hosts))
            if (isMeant(this.host, domain)) {
              const by = byDomain.get(domain) ?? new Set();
              byDomain.set(domain, takes(m, sample, s.gateway) ? by.add(keyOf(m)) : by);
            }
    const [first] = [...byDomain.keys()].sort((a, b) => (moreSpecific(a, b) ? -1 : 1));
    return first === undefined ? [] : [...byDomain.get(first)!];
  }
}

/** The server whose chain takes a name, which is Envoy's choice; none where two are the same to it: it refuses all of the port then. */
function chosen(servers: readonly Server[], host: string): readonly Server[] {
  const names = (s: Server) => s.hosts.map(nameIn).filter((h) => isMeant(host, h));
  const fitting = servers.filter((s) => names(s).length > 0);
  const best = (s: Server) => Math.max(...names(s).map((h) => (isWild(h) ? h.length - 1 : Number.MAX_SAFE_INTEGER)));
  const most = Math.max(...fitting.map(best));
  const first = fitting.filter((s) => best(s) === most);
  return first.length > 1 && first.some(isHttpServer) ? [] : first;
}

/** Whether requests for a host are among those for a domain. */
const isMeant = (host: string, domain: string): boolean => domain === host || (isWild(domain) && hostWithin(host, domain));

const selectorOf = (m: Manifest): Labels => m.object.spec?.selector ?? {};
const isBound = (m: Manifest): boolean =>
  isRoutes(m) && list(m.object.spec?.hosts).length > 0 && gatewaysOf(m).some((g) => g !== MESH);
const hostsIn = (m: Manifest): string[] =>
  isGateway(m) ? list(m.object.spec?.servers).flatMap(serverHosts) : list(m.object.spec?.hosts).map(String);

/** What of a Gateway or of rules says who answers. */
function bindingOf(m: Manifest): object {
  if (isGateway(m)) {
    const servers = list(m.object.spec?.servers).map(({ port, bind, hosts, tls }) => [
      port,
      bind,
      hosts,
      tls?.mode,
      tls?.httpsRedirect,
    ]);
    return { selector: selectorOf(m), servers };
  }
  return { hosts: hostsIn(m), gateways: gatewaysOf(m), conditions: conditionsOf(m) };
}
