import { Chart, Lazy } from 'cdk8s';
import * as m from '../../../src';
import { image, refuses, solo } from './support';

const { Port } = m;
const lazy = Lazy.any({ produce: () => 'later' });

refuses([
  // names
  [
    'a service name with capitals',
    (c) => solo(c, { name: 'Web' }),
    /name of MeshService "Solo" is "Web": only lower-case letters/,
  ],
  ['an empty name', (c) => solo(c, { name: '' }), /name of MeshService "Solo" is empty/],
  ['an overlong name', (c) => solo(c, { name: 'a'.repeat(64) }), /has 64 characters: 63 are allowed/],
  [
    'an overlong Deployment name',
    (c) => solo(c, { name: 'a'.repeat(62) }),
    /name of the Deployment of version "v1".*63 are allowed/,
  ],
  [
    'a Lazy name',
    (c) => solo(c, { name: lazy }),
    /is a Lazy value, which is known too late \(pass the value itself\): it has to be text/,
  ],
  ['a number as name', (c) => solo(c, { name: 7 }), /is 7: it has to be text/],
  [
    'a version name with a dot',
    (c) => solo(c, { versions: { 'v1.2': image } }),
    /version of service "solo" is "v1\.2": .*; call it "v1-2"/,
  ],
  ['a bare version number', (c) => solo(c, { versions: { '1.2.3': image } }), /is "1\.2\.3": .*; call it "v1-2-3"/],
  ['a version in capitals', (c) => solo(c, { versions: { Blue_Green: image } }), /is "Blue_Green": .*; call it "blue-green"/],
  [
    "a service with Kubernetes' own identity",
    (c) => solo(c, { name: 'default' }),
    /service "default" would have Kubernetes' own service account "default".*give it another name/,
  ],
  [
    'an id with letters that a name cannot have',
    (c) => new m.MeshService(c, 'Ä B', { port: Port.http(80), versions: { v1: image } }),
    /name of MeshService "Ä B" is "ä-b": only lower-case letters, digits/,
  ],
  ['no versions', (c) => solo(c, { versions: {} }), /service "solo" has no versions: give it one/],
  ['a chart without a namespace', (_c, a) => solo(new Chart(a, 'none')), /chart without a namespace.*pass \{ namespace:/],
  ['a bad namespace', (_c, a) => solo(new Chart(a, 'bad', { namespace: 'No_Good' })), /namespace of chart "bad" is "No_Good"/],
  // ports
  ['no port', (c) => solo(c, { port: undefined }), /service "solo" has no port/],
  ['port and ports', (c) => solo(c, { ports: [Port.http(81)] }), /has both port and ports/],
  [
    'two ports of one number',
    (c) => solo(c, { port: undefined, ports: [Port.http(80), Port.http(80, { name: 'http-b' })] }),
    /two ports with number 80/,
  ],
  [
    'two ports of one name',
    (c) => solo(c, { port: undefined, ports: [Port.http(80), Port.http(81)] }),
    /two ports with name "http".*name one of them/,
  ],
  ['a number as port', (c) => solo(c, { port: 80 }), /service "solo" has a port that is 80: .*such as Port\.http\(8080\)/],
  ['a list of numbers as ports', (c) => solo(c, { port: undefined, ports: [80] }), /service "solo" has a port that is 80/],
  // a rule's name is what Envoy's logs say
  [
    'a route called like what decides last',
    (c) => solo(c).routeTo('v1', m.header('x').is('y'), 'default'),
    /name of the route is "default", which is what decides when no other does/,
  ],
  [
    'an environment called so',
    (c) => new m.HeaderRoutedDevEnv(c, 'E', { name: 'default', header: 'x', forks: [solo(c).fork()] }),
    /name of the environment "chart\/E" is "default", which is what decides/,
  ],
  // duplicates
  [
    'a service twice',
    (c) => [solo(c), new m.MeshService(c, 'Other', { name: 'solo', port: Port.http(80), versions: { v1: image } })],
    /host "solo\.shop\.svc\.cluster\.local" is declared twice: at "chart\/Solo" \(test\/\S*:\d+\) and at "chart\/Other" \(test\/\S*:\d+\); refer/,
  ],
  [
    'a namespace twice',
    (c) => [new m.SecureNamespace(c, 'A'), new m.SecureNamespace(c, 'B')],
    /namespace "shop" is declared twice: at "chart\/A" \(test\/\S*:\d+\) and at "chart\/B" \(test\/\S*:\d+\)$/,
  ],
  ['a Mesh twice', (_c, a) => [new m.Mesh(a, 'A'), new m.Mesh(a, 'B')], /the app has a Mesh already, at "A"/],
  [
    'two objects of one name',
    (c) => [
      solo(c),
      new m.IngressGateway(c, 'A', { name: 'g', hosts: ['a.com'] }),
      new m.IngressGateway(c, 'B', { name: 'g', hosts: ['b.com'] }),
    ],
    /Gateway "g" in namespace "shop" is made twice: at "chart\/A\/Gateway" \(test\/\S*:\d+\) and at "chart\/B\/Gateway" \(test\/\S*:\d+\)$/,
  ],
]);

// values that no construct has been given yet
refuses(
  [
    ['port 0', (c) => solo(c, { port: Port.http(0) }), /http port is 0: it has to be a whole number from 1 to 65535/],
    ['port 70000', () => Port.tcp(70_000), /tcp port is 70000/],
    ['half a port', () => Port.http(80.5), /http port is 80.5/],
    ['a bad target port', () => Port.http(80, { target: -1 }), /target of http port 80 is -1/],
    [
      'a port name of another protocol',
      () => Port.http(80, { name: 'web' }),
      /name "web" of port 80 does not begin with its protocol.*"http-web"/,
    ],
    ['an overlong port name', () => Port.http(80, { name: 'http-administration' }), /has 19 characters: Kubernetes allows 15/],
    [
      'a misspelt option of a port',
      () => Port.http(80, { targt: 8080 } as never),
      /http port 80 has no property "targt" \(did you mean "target"\?\)/,
    ],
    ['a port name that is a number', () => Port.http(80, { name: 7 as never }), /name of port 80 is 7: it has to be text/],
    ['options that are none', () => Port.http(80, 8080 as never), /http port 80 has 8080 for its properties/],
  ],
  'value',
);
