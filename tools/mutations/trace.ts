import { faultsOf, type Mutation } from './mutation';

/** Faults in the mesh model: each has to turn the recorded answers or the regressions red. */
const MODEL: readonly Mutation[] = [
  ...faultsOf('src/model', 'config', [
    ['a.created - b.created || ', '', 'the older object no longer goes first'],
    ['if (labels[k] !== selector[k]) return false;', '', 'every selector selects everything'],
  ]),
  ...faultsOf('src/model', 'host', [
    ["host === '' || host.includes('.')", "host === ''", 'a name with a dot is made longer'],
    ['const exact = entries.get(name);\n  if (exact !== undefined) return exact;', '', 'a wildcard hides the exact name'],
  ]),
  ...faultsOf('src/model', 'build-routes', [
    ['if (m.port && m.port !== c.port)', 'if (false)', 'the port of a match is not looked at'],
    ['if (match === undefined || isCatchAll(route)) all = route;', '', 'rules go on after one that takes everything'],
    ['if (!single && !d.weight) return;', '', 'a destination of weight 0 gets requests'],
    ['m.gateways.includes(c.gateway)', 'true', 'the gateways of a match are not looked at'],
  ]),
  ...faultsOf('src/model', 'delegate', [
    ['if (out[field] === undefined && root[field] !== undefined) out[field] = root[field];', '', 'a delegate inherits nothing'],
  ]),
  ...faultsOf('src/model', 'destination-rules', [
    ['known.trafficPolicy ?? config.spec.trafficPolicy', 'config.spec.trafficPolicy', 'the last trafficPolicy of a host holds'],
    ['Number(hasSelector(b)) - Number(hasSelector(a)) || ', '', 'rules with a selector no longer go first'],
    [
      'for (const owner of [service.namespace, this.mesh.rootNamespace])',
      'for (const owner of [service.namespace])',
      'the root namespace has no rules for others',
    ],
  ]),
  ...faultsOf('src/model', 'traffic-policy', [
    [
      '!== undefined || own.ofPort) out[field]',
      '!== undefined) out[field]',
      "a subset's port settings leave what they do not say",
    ],
  ]),
  ...faultsOf('src/model', 'peer-authentication', [
    ['for (const c of levels)', 'for (const c of [...levels].reverse())', 'the mesh overrules the workload'],
  ]),
  ...faultsOf('src/model', 'outbound-hosts', [
    ["x.port === port && x.protocol !== 'UDP'", 'x.port === port', 'a port of UDP is one of HTTP'],
    [
      "if (s.address !== NO_ADDRESS && s.address !== '') domains.push(s.address);",
      '',
      "a service's address is none of its names",
    ],
  ]),
  ...faultsOf('src/model', 'egress-listener', [
    ['(excludes ? known.excluded : known.hosts).push(host);', 'known.hosts.push(host);', '~ excludes nothing'],
  ]),
  ...faultsOf('src/model', 'sidecar-scope', [
    ['new Set(a.declaredExportTo)', 'new Set(b.declaredExportTo)', 'entries become one whatever their exportTo'],
    ['text(a.selector) === text(b.selector) &&', '', 'entries of other selectors are merged'],
  ]),
  ...faultsOf('src/model', 'outbound-listeners', [
    ['set(written(c.cidrs).map(network))', 'set(c.cidrs)', 'a range from 0.0.0.0 on sets a chain apart'],
    ["ranges.filter((r) => !r.startsWith('0.0.0.0'))", 'ranges', 'a range from 0.0.0.0 on is written'],
  ]),
  ...faultsOf('src/model', 'endpoints', [
    ['if (one && taken.has(p.port)) continue;', '', 'DNS_ROUND_ROBIN has endpoints where an older entry has some'],
    [
      "of.registry === 'Kubernetes' ? names.has(p.name) : p.port === port",
      'names.has(p.name)',
      'names for DNS are shared by name',
    ],
  ]),
  ...faultsOf('src/model', 'cluster', [
    ['[forPort(whole, port.port).policy, policy, ', '[policy, ', "a destination's PASSTHROUGH does not hold for its subsets"],
  ]),
  ...faultsOf('src/model', 'connection-chains', [
    [
      'if (subnets.length > 0) ranges = subnets;',
      'ranges = subnets.length > 0 ? subnets : cidrs;',
      'a range holds for one match alone',
    ],
  ]),
  ...faultsOf('src/model', 'filter-chain', [
    ['if (other) return [other, c];', 'if (other && other !== c) return [other, c];', 'a name may be said twice'],
  ]),
  ...faultsOf('src/model', 'inbound', [
    ["tls && chains.some((c) => c.transport === 'tls')", 'tls', 'TLS is looked for where mutual TLS is off'],
  ]),
  ...faultsOf('src/trace', 'inbound', [
    ['request.tls && port.readsHello', 'request.tls', 'the name of a hello is read where nobody looks'],
  ]),
  ...faultsOf('src/trace', 'outbound', [
    [
      "=== 'sidecar' && protocolOf(request) !== 'HTTP/2'",
      "=== 'sidecar'",
      'requests of HTTP/2 have the scheme that x-forwarded-proto says',
    ],
  ]),
  ...faultsOf('src/model', 'gateway-servers', [
    ["s.tls.mode ?? 'PASSTHROUGH'", "s.tls.mode ?? 'SIMPLE'", 'TLS ends where no mode is said'],
  ]),
  ...faultsOf('src/validation', 'export-to', [['if (seen.has(key)) {', 'if (false) {', 'exportTo may say a namespace twice']]),
  ...faultsOf('src/validation', 'gateway', [['if (names.has(text))', 'if (false)', 'two ports of a Gateway may have one name']]),
];

/** Faults in the trace. */
const TRACE: readonly Mutation[] = [
  ...faultsOf('src/trace', 'match-route', [
    ['?.some(met) === true', '?.every(met) === true', 'every line of a header has to match'],
    ["(asked.header(name) ?? [''])", '(asked.header(name) ?? [])', 'a missing header is not an empty one for withoutHeaders'],
  ]),
  ...faultsOf('src/trace', 'asked', [['if (!out.has(name)) out.set', 'out.set', 'the last value of a query parameter counts']]),
  ...faultsOf('src/trace', 'route-index', [
    ['...shorter.flatMap((list) => list ?? [])', '', 'a longer path hides the shorter ones'],
    ['[...this.tried, ...own,', '[...own,', 'a path hides regexes'],
    ['.sort((a, b) => a.index - b.index)', '', 'routes are not asked in their order'],
  ]),
  ...faultsOf('src/trace', 'way', [['a.port === b.port &&', '', 'the way of one port is that of another']]),
  ...faultsOf('src/trace', 'change-request', [
    [
      '...changes.add.filter((c) => !c.append),\n  ...changes.add.filter((c) => c.append),',
      '...changes.add,',
      'headers are set and added as they stand',
    ],
  ]),
  ...faultsOf('src/trace', 'deliver', [
    ['action.authority ?? to.authority', 'to.authority ?? action.authority', "a destination's authority goes before the route's"],
  ]),
  ...faultsOf('src/trace', 'act', [
    ['if (aborts(route)) return (asked, steps)', 'if (false) return (asked, steps)', 'a redirect goes before a fault'],
  ]),
  ...faultsOf('src/trace', 'refusal', [
    ["identity.kind === 'gateway' ? collapsed", 'false ? collapsed', "a gateway's hosts with the same routes are several"],
  ]),
  ...faultsOf('src/trace', 'redirect', [
    ["action.path.includes('?') ? action.path : ", '', 'a redirect with a query of its own gets another'],
  ]),
  ...faultsOf('src/trace', 'authorize', [
    ['says(p) && isHttpOnly(p.key)', 'isHttpOnly(p.key)', 'a rule about sources lets no TCP in'],
    ['&& !notValues.some(is)', '', 'what a rule excludes is let in'],
    ['s.trustDomains.includes(value) ? s.trustDomains : [value]', '[value]', 'a trust domain does not stand for its aliases'],
  ]),
  ...faultsOf('src/trace', 'inbound', [
    ['if (chain.tls && request.principal === undefined)', 'if (false)', 'STRICT takes TLS without a certificate'],
    ["(chain.speaks === 'HTTP' && remote)", 'remote', 'TCP knows X-Forwarded-For'],
    ['if (chain.tls && !domains.some(', 'if (false && !domains.some(', 'mutual TLS lets in clients of any trust domain'],
  ]),
  ...faultsOf('src/trace', 'grpc', [
    ["'grpc-status': String(STATUSES[status] ?? UNKNOWN)", "'grpc-status': String(UNKNOWN)", 'every gRPC failure is UNKNOWN'],
    ['Math.min(...limits)', 'Math.max(...limits)', 'a gRPC upstream is told of the longer limit'],
  ]),
  ...faultsOf('src/trace', 'path', [
    [".replace(/(\\/\\.\\.?);[^/]*/g, '$1')", '', 'dots with something behind a ; are a name'],
    ['.replace(/["<>^`{|}]/g, ', '.replace(/["]/g, ', 'brackets are not escaped'],
  ]),
  ...faultsOf('src/trace', 'choose-chain', [['request.sni?.toLowerCase()', 'request.sni', 'names in hellos know upper case']]),
  ...faultsOf('src/trace', 'token', [
    ['claims.exp + 60 < now', 'false', 'a token never expires'],
    [
      "return no('Audiences in Jwt are not allowed', 403);",
      "return no('Audiences in Jwt are not allowed');",
      'a wrong audience is answered with 401',
    ],
  ]),
  ...faultsOf('src/trace', 'cors', [["accepts(o, '*') || ", '', 'the origin * is one origin']]),
];

export const TRACING: readonly Mutation[] = [...MODEL, ...TRACE];

/** Faults in what is said where ages decide, and in what a host or an address is. */
export const ASKING: readonly Mutation[] = [
  ...faultsOf('src/trace', 'contenders', [
    ['omitted.length > 0 || serves(s.hosts)', 'serves(s.hosts)', 'a server that another keeps out does not contend'],
    ["o.action === 'noRoute' ? wayOf", 'false ? wayOf', 'a VirtualService that takes no request does not contend'],
    ['if (c.rule) add(', 'if (false) add(', 'DestinationRules do not contend'],
    ["if (service?.registry === 'External')", 'if (false)', 'ServiceEntries do not contend'],
  ]),
  ...faultsOf('src/trace', 'age-doubts', [
    ['c.manifest.created === undefined && ', '', 'objects contend whose ages are said'],
    [
      'if (whatHappens(otherwise) === said) continue;',
      'if (whatHappens(otherwise) === said) break;',
      'the second contender alone is looked at',
    ],
    ['t.clusters.map((c) => ({ ...clusterAnswer(c), config: 0 })),', '', 'how a destination is called is no part of an answer'],
  ]),
  ...faultsOf('src/model', 'mesh-model', [['late.get(m) ?? m.created', 'm.created', 'nothing can be made the youngest']]),
];
