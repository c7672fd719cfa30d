import { type Row, rows } from './support';

const SHOP = 'VirtualService shop';
const MESH = 'VirtualService mesh';
const L4 = 'VirtualService l4';
const DELEGATE = 'VirtualService delegate';
const ROUTE = [{ destination: { host: 'a' } }];
const L = 'a'.repeat(64);
const http = (rule: object) => ({ 'spec.http.0': rule });

const hosts: Row[] = [
  [SHOP, { 'spec.hosts': ['a.*.test'] }, 'error', 'spec.hosts[0]', /"\*" has to be letters/],
  [SHOP, { 'spec.hosts': [`${L}.test`] }, 'error', 'spec.hosts[0]', /63 characters/],
  [SHOP, { 'spec.hosts': ['a.1'] }, 'error', 'spec.hosts[0]', /last part, "1", is a number/],
  [SHOP, { 'spec.hosts': ['https://a.test'] }, 'error', 'spec.hosts[0]', /without a scheme/],
  [SHOP, { 'spec.hosts': ['*.shop.test', 'a.shop.test'] }, 'error', 'spec.hosts[1]', /names in common/],
  [SHOP, { 'spec.hosts': ['10.1.2.3'] }, 'nothing', '', /./],
  [SHOP, { 'spec.hosts': ['*'] }, 'nothing', '', /./],
  [MESH, { 'spec.hosts': ['*'] }, 'error', 'spec.hosts[0]', /at gateways alone/],
  [SHOP, { 'spec.gateways': ['shop/edge', 'mesh'], 'spec.hosts': ['*'] }, 'error', 'spec.hosts[0]', /at gateways alone/],
  [SHOP, { 'spec.gateways': ['edge.shop.svc'] }, 'warning', 'spec.gateways[0]', /write "shop\/edge"/],
  [SHOP, { 'spec.gateways': ['shop/a.b'] }, 'error', 'spec.gateways[0]', /"<namespace>\/<name>"/],
  // after a name alone nothing is looked at: so is Istio
  [SHOP, { 'spec.gateways': ['edge', 'shop/a.b'] }, 'nothing', '', /./],
  [
    SHOP,
    { 'spec.gateways': ['mesh'] },
    'error',
    'spec.http[0].match[0].headers["@request.auth.claims.sub"]',
    /at gateways alone/,
  ],
  [SHOP, { 'spec.exportTo': ['.', 'shop'] }, 'error', 'spec.exportTo[1]', /twice/],
  [SHOP, { 'spec.exportTo': ['shop', '.'] }, 'error', 'spec.exportTo[1]', /there already/],
  [SHOP, { 'spec.exportTo': ['*', 'a'] }, 'error', 'spec.exportTo', /everyone/],
  [SHOP, { 'spec.exportTo': ['~'] }, 'error', 'spec.exportTo[0]', /ServiceEntries alone/],
  [SHOP, { 'spec.exportTo': ['a b'] }, 'error', 'spec.exportTo[0]', /no namespace/],
  [DELEGATE, { 'spec.gateways': ['a'] }, 'error', 'spec.gateways', /others delegate to/],
  [DELEGATE, { 'spec.tcp': [{ route: ROUTE }] }, 'error', 'spec.tcp', /others delegate to/],
  [DELEGATE, { 'spec.http': undefined }, 'error', 'spec', /no rules/],
  [DELEGATE, { 'spec.http.0.delegate': { name: 'a' } }, 'error', 'spec.http[0].delegate', /in turn/],
];

const rules: Row[] = [
  [SHOP, http({ match: [] }), 'error', 'spec.http[0]', /needs one of route/],
  [SHOP, http({ redirect: { uri: '/' }, route: ROUTE }), 'error', 'spec.http[0].route', /stands beside "redirect"/],
  [SHOP, http({ redirect: { uri: '/' }, fault: {} }), 'error', 'spec.http[0].fault', /stands beside "redirect"/],
  [SHOP, http({ directResponse: { status: 200 }, rewrite: { uri: '/' } }), 'error', 'spec.http[0].rewrite', /stands beside/],
  [SHOP, http({ directResponse: { status: 99 } }), 'error', 'spec.http[0].directResponse.status', /no status/],
  [SHOP, http({ directResponse: {} }), 'error', 'spec.http[0].directResponse.status', /missing/],
  [SHOP, http({ directResponse: { status: 600 } }), 'nothing', '', /./],
  [
    SHOP,
    http({ directResponse: { status: 200, body: { string: 'x'.repeat(200_000) } } }),
    'warning',
    'spec.http[0].directResponse.body.string',
    /100 kB/,
  ],
  [
    SHOP,
    http({ directResponse: { status: 200, body: { bytes: 'x'.repeat(2_000_000) } } }),
    'error',
    'spec.http[0].directResponse.body.bytes',
    /1 MB/,
  ],
  [SHOP, http({ delegate: { name: 'a' }, route: ROUTE }), 'error', 'spec.http[0].route', /stands beside "delegate"/],
  [
    SHOP,
    http({ route: ROUTE, mirror: { host: 'a' }, mirrors: [{ destination: { host: 'b' } }] }),
    'error',
    'spec.http[0].mirrors',
    /"mirror"/,
  ],
  [SHOP, http({ route: ROUTE, mirrors: [{}] }), 'error', 'spec.http[0].mirrors[0].destination', /missing/],
  [SHOP, { 'spec.http.0.mirrorPercentage.value': 101 }, 'error', 'spec.http[0].mirrorPercentage.value', /0 to 100/],
  [SHOP, { 'spec.http.0.mirrorPercent': 50 }, 'warning', 'spec.http[0].mirrorPercent', /deprecated/],
  [SHOP, { 'spec.http.0.mirror_percent': 101 }, 'error', 'spec.http[0].mirror_percent', /more than 100/],
  [SHOP, http({ redirect: {} }), 'error', 'spec.http[0].redirect', /changes nothing/],
  [SHOP, http({ redirect: { uri: '/', prefixRewrite: '/' } }), 'error', 'spec.http[0].redirect.prefixRewrite', /beside "uri"/],
  [
    SHOP,
    http({ match: [{ uri: { exact: '/' } }], redirect: { prefixRewrite: '/' } }),
    'error',
    'spec.http[0].redirect.prefixRewrite',
    /none/,
  ],
  [SHOP, http({ redirect: { uri: '/', redirectCode: 200 } }), 'error', 'spec.http[0].redirect.redirectCode', /200/],
  [SHOP, http({ redirect: { uri: '/', scheme: 'ftp' } }), 'error', 'spec.http[0].redirect.scheme', /"ftp"/],
  [SHOP, http({ redirect: { port: 70_000 } }), 'error', 'spec.http[0].redirect.port', /no port/],
  [SHOP, http({ redirect: { port: 0 } }), 'nothing', '', /./],
  [SHOP, http({ route: ROUTE, rewrite: {} }), 'error', 'spec.http[0].rewrite', /changes nothing/],
  [
    SHOP,
    http({ route: ROUTE, rewrite: { uri: '/', uriRegexRewrite: {} } }),
    'error',
    'spec.http[0].rewrite.uriRegexRewrite',
    /beside "uri"/,
  ],
  [
    SHOP,
    http({ route: ROUTE, rewrite: { uriRegexRewrite: { match: 'a' } } }),
    'error',
    'spec.http[0].rewrite.uriRegexRewrite.rewrite',
    /missing/,
  ],
  [
    SHOP,
    http({ route: ROUTE, rewrite: { uriRegexRewrite: { match: '(', rewrite: 'a' } } }),
    'error',
    'spec.http[0].rewrite.uriRegexRewrite.match',
    /RE2/,
  ],
  [SHOP, { 'spec.http.0.timeout': '0s' }, 'error', 'spec.http[0].timeout', /shortest/],
  [SHOP, { 'spec.http.0.timeout': '1.0005s' }, 'error', 'spec.http[0].timeout', /whole milliseconds/],
  [SHOP, { 'spec.http.0.retries.attempts': -1 }, 'error', 'spec.http[0].retries.attempts', /below 0/],
  [SHOP, { 'spec.http.0.retries.attempts': undefined }, 'error', 'spec.http[0].retries.attempts', /"perTryTimeout" is set/],
  [SHOP, { 'spec.http.0.retries.retryOn': '5xx, reset' }, 'error', 'spec.http[0].retries.retryOn', /write "reset"/],
  [SHOP, { 'spec.http.0.retries.retryOn': 'nope' }, 'error', 'spec.http[0].retries.retryOn', /none of 5xx/],
  [SHOP, { 'spec.http.0.retries.backoff': '1us' }, 'error', 'spec.http[0].retries.backoff', /shortest/],
  [SHOP, { 'spec.http.0.fault': {} }, 'error', 'spec.http[0].fault', /abort or a delay/],
  [SHOP, { 'spec.http.0.fault.abort.httpStatus': 700 }, 'error', 'spec.http[0].fault.abort.httpStatus', /700/],
  [SHOP, { 'spec.http.0.fault.abort': { grpcStatus: 'nope' } }, 'error', 'spec.http[0].fault.abort.grpcStatus', /"NOT_FOUND"/],
  [SHOP, { 'spec.http.0.fault.abort': { http2Error: 'x' } }, 'error', 'spec.http[0].fault.abort.http2Error', /not there yet/],
  // that no status is said is a warning which Istio loses
  [SHOP, { 'spec.http.0.fault.abort': {} }, 'nothing', '', /./],
  [
    SHOP,
    { 'spec.http.0.fault.delay.percentage.value': 0.00001 },
    'error',
    'spec.http[0].fault.delay.percentage.value',
    /0\.0001/,
  ],
  [
    SHOP,
    { 'spec.http.0.fault.delay': { exponentialDelay: '1s' } },
    'error',
    'spec.http[0].fault.delay.exponentialDelay',
    /not there yet/,
  ],
  [SHOP, { 'spec.http.0.corsPolicy.allowOrigins': [{}] }, 'error', 'spec.http[0].corsPolicy.allowOrigins[0]', /origin/],
  [SHOP, { 'spec.http.0.corsPolicy.allowMethods': ['get'] }, 'error', 'spec.http[0].corsPolicy.allowMethods[0]', /capitals/],
  [SHOP, { 'spec.http.0.corsPolicy.exposeHeaders': ['x y'] }, 'error', 'spec.http[0].corsPolicy.exposeHeaders[0]', /no name/],
  [SHOP, { 'spec.http.0.corsPolicy.maxAge': '1.5s' }, 'error', 'spec.http[0].corsPolicy.maxAge', /whole seconds/],
];

const matches: Row[] = [
  [SHOP, { 'spec.http.0.match.0.uri': { regex: '(' } }, 'error', 'spec.http[0].match[0].uri.regex', /not valid RE2/],
  [SHOP, { 'spec.http.0.match.0.uri': { regex: 'a'.repeat(1025) } }, 'error', 'spec.http[0].match[0].uri.regex', /1024/],
  [SHOP, { 'spec.http.0.match.0.uri': { prefix: '' } }, 'nothing', '', /./],
  [SHOP, { 'spec.http.0.match.0.method': { prefix: '' } }, 'error', 'spec.http[0].match[0].method.prefix', /empty/],
  [SHOP, { 'spec.http.0.match.0.authority': { regex: '' } }, 'error', 'spec.http[0].match[0].authority.regex', /empty/],
  [
    SHOP,
    { 'spec.http.0.match.0.headers': { 'x y': { exact: 'a' } } },
    'error',
    'spec.http[0].match[0].headers["x y"]',
    /no name/,
  ],
  [SHOP, { 'spec.http.0.match.0.headers': { x: { regex: '*' } } }, 'error', 'spec.http[0].match[0].headers.x.regex', /RE2/],
  [SHOP, { 'spec.http.0.match.0.withoutHeaders': { x: { regex: '*' } } }, 'nothing', '', /./],
  [
    SHOP,
    { 'spec.http.0.match.0.queryParams': { q: { prefix: '' } } },
    'error',
    'spec.http[0].match[0].queryParams.q.prefix',
    /empty/,
  ],
  [SHOP, { 'spec.http.0.match.0.port': 70_000 }, 'error', 'spec.http[0].match[0].port', /no port/],
  [
    SHOP,
    { 'spec.http.0.match.0.sourceLabels': { 'a/b/c': 'd' } },
    'error',
    'spec.http[0].match[0].sourceLabels["a/b/c"]',
    /key of a label/,
  ],
  [SHOP, { 'spec.http.0.match.0.sourceLabels': { a: '-' } }, 'error', 'spec.http[0].match[0].sourceLabels.a', /value of a label/],
  [SHOP, { 'spec.http.0.match.0.sourceNamespace': 'a.b' }, 'error', 'spec.http[0].match[0].sourceNamespace', /"a\.b"/],
  [SHOP, { 'spec.http.0.match.0.gateways': ['a/'] }, 'error', 'spec.http[0].match[0].gateways[0]', /no Gateway/],
];

const destinations: Row[] = [
  [SHOP, { 'spec.http.0.route.0.weight': -1 }, 'error', 'spec.http[0].route[0].weight', /below 0/],
  [SHOP, { 'spec.http.0.route.0.weight': 0, 'spec.http.0.route.1.weight': 0 }, 'error', 'spec.http[0].route', /0 together/],
  [SHOP, { 'spec.http.0.route.0.weight': 2 ** 31 - 1, 'spec.http.0.route.1.weight': 5 }, 'nothing', '', /./],
  [SHOP, { 'spec.http.0.route.0.destination': undefined }, 'error', 'spec.http[0].route[0].destination', /missing/],
  [SHOP, { 'spec.http.0.route.0.destination.host': '*' }, 'error', 'spec.http[0].route[0].destination.host', /every host/],
  [SHOP, { 'spec.http.0.route.0.destination.host': '' }, 'error', 'spec.http[0].route[0].destination.host', /empty/],
  [SHOP, { 'spec.http.0.route.0.destination.subset': 'a.b' }, 'error', 'spec.http[0].route[0].destination.subset', /"a\.b"/],
  [SHOP, { 'spec.http.0.route.0.destination.port': {} }, 'error', 'spec.http[0].route[0].destination.port.number', /missing/],
  [
    SHOP,
    { 'spec.http.0.headers.request.set': { ':path': '/' } },
    'error',
    'spec.http[0].headers.request.set[":path"]',
    /cannot be changed/,
  ],
  [
    SHOP,
    { 'spec.http.0.headers.response.set': { host: 'a' } },
    'error',
    'spec.http[0].headers.response.set.host',
    /rewrite\.authority/,
  ],
  [
    SHOP,
    { 'spec.http.0.headers.request.remove': ['host'] },
    'error',
    'spec.http[0].headers.request.remove[0]',
    /cannot be changed/,
  ],
  [SHOP, { 'spec.http.0.headers.request.add': { '': 'a' } }, 'error', 'spec.http[0].headers.request.add[""]', /no header/],
  [
    SHOP,
    { 'spec.http.0.route.0.headers.request.set': { a: '100%' } },
    'error',
    'spec.http[0].route[0].headers.request.set.a',
    /"%%"/,
  ],
  [SHOP, { 'spec.http.0.headers.request.add': { a: 'a\u0001' } }, 'error', 'spec.http[0].headers.request.add.a', /control/],
  [
    SHOP,
    { 'spec.http.0.headers.request.add': { ':authority': 'a' } },
    'error',
    'spec.http[0].headers.request.add[":authority"]',
    /already/,
  ],
];

const connections: Row[] = [
  [L4, { 'spec.tls.0.match': undefined }, 'error', 'spec.tls[0].match', /missing/],
  [L4, { 'spec.tls.0.match.0.sniHosts': undefined }, 'error', 'spec.tls[0].match[0].sniHosts', /missing/],
  [L4, { 'spec.tls.0.match.0.sniHosts': ['b.test'] }, 'error', 'spec.tls[0].match[0].sniHosts[0]', /not among/],
  [L4, { 'spec.tls.0.match.0.sniHosts': ['1.2.3.4'] }, 'warning', 'spec.tls[0].match[0].sniHosts[0]', /IP address/],
  [L4, { 'spec.tls.0.match.0.sniHosts': ['a..b'] }, 'error', 'spec.tls[0].match[0].sniHosts[0]', /no name/],
  [
    L4,
    { 'spec.tls.0.match.0.destinationSubnets': ['10.0.0.0/33'] },
    'error',
    'spec.tls[0].match[0].destinationSubnets[0]',
    /range/,
  ],
  [L4, { 'spec.tls.0.match.0.gateways': ['a.b'] }, 'warning', 'spec.tls[0].match[0].gateways[0]', /"b\/a"/],
  [L4, { 'spec.tls.0.route': undefined }, 'error', 'spec.tls[0].route', /missing/],
  [L4, { 'spec.tcp.0.match.0.port': 70_000 }, 'error', 'spec.tcp[0].match[0].port', /no port/],
  [
    L4,
    { 'spec.tcp.0.match.0.destinationSubnets': ['010.0.0.1'] },
    'error',
    'spec.tcp[0].match[0].destinationSubnets[0]',
    /range/,
  ],
  [L4, { 'spec.tcp.2.route': [] }, 'error', 'spec.tcp[2].route', /missing/],
];

const reachability: Row[] = [
  [MESH, {}, 'info', 'spec.http[1].match[0]', /same as a match of rule 1/],
  [MESH, {}, 'warning', 'spec.http[1]', /all of its matches/],
  [MESH, {}, 'info', 'spec.http[0].match[1]', /"\/r" of this rule takes "\/r\/s"/],
  [MESH, { 'spec.http.0.match': undefined }, 'warning', 'spec.http[1]', /rule 1 before it has no match/],
  [MESH, { 'spec.http.1.match': undefined }, 'warning', 'spec.http[2]', /rule 2 has no match either/],
  [L4, {}, 'info', 'spec.tcp[1].match[0]', /rule 1/],
  [SHOP, {}, 'info', 'spec.http[0].match[2]', /"\/api" of this rule takes "\/api\/v1"/],
];

describe('hosts and gateways', () => rows(hosts));
describe('rules', () => rows(rules));
describe('matches', () => rows(matches));
describe('destinations and headers', () => rows(destinations));
describe('connections', () => rows(connections));
describe('rules that are never used', () => rows(reachability));
