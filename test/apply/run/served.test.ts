import { neverServed, unserved } from '../../../src/apply/run/served';

const crd = (...conditions: readonly object[]) => ({ status: { conditions } });
const taken = { type: 'NamesAccepted', status: 'False', message: '"fixeds" is already in use' };

test('a kind is served when its definition is established', () => {
  expect(unserved(crd({ type: 'NamesAccepted', status: 'True' }, { type: 'Established', status: 'True' }))).toBeUndefined();
  expect(unserved(crd({ type: 'Established', status: 'False' }))).toBe('is not served yet');
  expect(unserved(undefined)).toBe('is not served yet');
});

test('one that does not come: why, where to look, and how it goes on', () => {
  const why = unserved(crd({ type: 'Established', status: 'False' }, taken))!;
  expect(neverServed(new Map([['CustomResourceDefinition/fixeds.lab.example.com', why]]))).toBe(
    'the server does not serve new kinds, so nothing of them was written: CustomResourceDefinition/fixeds.lab.example.com (its names are not accepted: "fixeds" is already in use): mend what their conditions say (kubectl get crd NAME -o yaml), and mesh apply again, which goes on from there',
  );
});
