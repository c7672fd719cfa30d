import { Chart } from 'cdk8s';
import * as m from '../../../src';
import { refuses, solo, web } from './support';

const namespace = (props: object) => (c: any) => new m.SecureNamespace(c, 'N', props as any);

refuses([
  [
    'the root namespace',
    (_c, a) => new m.SecureNamespace(new Chart(a, 'root', { namespace: 'istio-system' }), 'N'),
    /namespace "istio-system" is the root namespace of the mesh: what "root\/N" says would be said of every workload/,
  ],
  [
    'the root namespace of a mesh that has another one',
    (_c, a) => {
      new m.Mesh(a, 'Mesh', { rootNamespace: 'mesh' });
      new m.SecureNamespace(new Chart(a, 'root', { namespace: 'mesh' }), 'N');
    },
    /namespace "mesh" is the root namespace of the mesh/,
  ],
  [
    'a secure namespace in a chart without one',
    (_, app) => new m.SecureNamespace(new Chart(app, 'bare'), 'N'),
    /SecureNamespace "bare\/N" is in a chart without a namespace.*pass \{ namespace: '…' \} to chart "bare"/,
  ],
  ['a mode in small letters', namespace({ mtls: 'strict' }), /mtls of "chart\/N" is "strict".*\(did you mean "STRICT"\?\)/],
  [
    'an egress in small letters',
    namespace({ egress: 'registry_only' }),
    /egress of "chart\/N" is "registry_only".*\(did you mean "REGISTRY_ONLY"\?\)/,
  ],
  [
    'a data plane in capitals',
    namespace({ dataPlane: 'Ambient' }),
    /dataPlane of "chart\/N" is "Ambient".*\(did you mean "ambient"\?\)/,
  ],
  [
    'a misspelt property',
    namespace({ denyByDefalt: false }),
    /"chart\/N" has no property "denyByDefalt" \(did you mean "denyByDefault"/,
  ],
  [
    'text for a switch',
    namespace({ denyByDefault: 'no' }),
    /property "denyByDefault" of "chart\/N" is "no": it has to be true or false/,
  ],
  [
    'calls held back where nobody holds them back',
    namespace({ dataPlane: 'ambient', egress: 'REGISTRY_ONLY' }),
    /egress of "chart\/N" is "REGISTRY_ONLY", which nobody enforces in an ambient namespace.*NetworkPolicy/,
  ],
  [
    'a label for injection beside a revision',
    (c, app) => {
      new m.Mesh(app, 'Mesh', { revision: 'canary' });
      namespace({ labels: { 'istio-injection': 'enabled' } })(c);
    },
    /labels of "chart\/N" have istio-injection=enabled, beside istio\.io\/rev=canary: .*leave the label out/,
  ],
  [
    'a revision beside injection',
    namespace({ labels: { 'istio.io/rev': 'canary' } }),
    /have istio\.io\/rev=canary, beside istio-injection=enabled: .*the revision of the Mesh/,
  ],
  [
    'sidecars beside no mesh',
    namespace({ dataPlane: 'none', labels: { 'istio-injection': 'enabled' } }),
    /have istio-injection=enabled, beside no such label/,
  ],
  [
    'limits that ztunnel cannot see',
    (c) => {
      namespace({ dataPlane: 'ambient' })(c);
      solo(c).mayCall(web(c), { methods: ['GET'] });
    },
    /\[chart\/N\] who may call "web" is limited to methods or paths, and namespace "shop" is ambient/,
  ],
]);
