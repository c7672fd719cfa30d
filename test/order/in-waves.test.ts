import { syncWaveOf } from '../../src/manifests/wave';
import { inWaves } from '../../src/order/in-waves';
import type { Phase, Write } from '../../src/order/phase';
import { routes, service, subsets } from './support';

const write = (object: Write['object'], action: Write['action'] = 'change'): Write => ({
  key: `${object.kind} ${object.name}`,
  action,
  object,
  wide: false,
});
const phase = (settles: boolean, ...writes: Write[]): Phase => ({
  rank: 'open',
  writes,
  awaited: [],
  pods: [],
  gone: [],
  settles,
});
const told = (phases: readonly Phase[]) =>
  inWaves(phases, syncWaveOf).map((p) => [...p.writes.map((w) => `${w.action} ${w.object.kind}`), p.settles]);

test('phases in the order of their waves stay, also those of one wave', () => {
  const phases = [phase(true, write(service('a'))), phase(false, write(service('b')), write(routes('web', 'web')))];
  expect(inWaves(phases, syncWaveOf)).toBe(phases);
});

test('those in another are one for each wave, with deletions in the last', () => {
  const phases = [
    phase(true, write(routes('web', 'web/v1')), write(service('gone'), 'delete')),
    phase(false, write(subsets('web', 'v1')), write(service('web'))),
  ];
  expect(told(phases)).toEqual([
    ['change Service', false],
    ['change DestinationRule', false],
    ['change VirtualService', 'delete Service', false],
  ]);
  expect(told([...phases].reverse()).at(-1)).toEqual(['change VirtualService', 'delete Service', true]);
});
