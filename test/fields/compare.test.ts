import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compare, isSame } from '../../src/fields/compare';

/** What a real API server answered. */
const recorded = (name: string) => JSON.parse(readFileSync(join(__dirname, '..', 'cluster', 'recorded', `${name}.json`), 'utf8'));

const applied = (name: string) => {
  const { request, response } = recorded(name);
  return { desired: request.body, live: response };
};
const paths = (changes: readonly { readonly path: string }[]) => changes.map((c) => c.path);

test.each(['vs-create-201', 'svc-create', 'deploy-create'])('what was just applied (%s) is as desired, and ours', (name) => {
  const { desired, live } = applied(name);
  expect(compare(desired, live, 'm1')).toMatchObject({ changes: [], unowned: [], conflicts: [] });
});

describe('a Deployment, of which the server fills in most', () => {
  const { desired, live } = applied('deploy-create');
  const changed = (change: (o: any) => void) => {
    const o = structuredClone(desired);
    change(o);
    return compare(o, live, 'm1');
  };

  test('a value within a container that is told apart by its name', () => {
    const c = changed((o) => {
      o.spec.template.spec.containers[0].image = 'j';
    });
    expect(c.changes).toEqual([
      expect.objectContaining({ path: '.spec.template.spec.containers[name="c"].image', live: 'i', desired: 'j' }),
    ]);
    expect(c.conflicts).toEqual([]);
  });

  test('a container more', () => {
    const c = changed((o) => o.spec.template.spec.containers.push({ name: 'd', image: 'x' }));
    expect(c.changes).toEqual([{ path: '.spec.template.spec.containers[+]', desired: { name: 'd', image: 'x' } }]);
  });

  test('a container that is another takes the first away', () => {
    const c = changed((o) => {
      o.spec.template.spec.containers[0].name = 'd';
    });
    expect(paths(c.changes)).toEqual(['.spec.template.spec.containers[+]', '.spec.template.spec.containers[name="c"]']);
  });

  test('a selector is one value, whatever else is in it', () => {
    const c = changed((o) => {
      o.spec.selector.matchLabels.app = 'b';
    });
    expect(paths(c.changes)).toEqual(['.spec.selector']);
  });

  test('a field that is as the server filled it in becomes ours', () => {
    const c = changed((o) => {
      o.spec.replicas = 1;
    });
    expect(c).toMatchObject({ changes: [], unowned: ['.spec.replicas'], conflicts: [] });
    expect(isSame(c)).toBe(false);
  });

  test('a field that is desired no more goes, since we own it', () => {
    const c = changed((o) => {
      delete o.spec.template.spec.containers[0].image;
    });
    expect(c.changes).toMatchObject([{ path: '.spec.template.spec.containers[name="c"].image', live: 'i' }]);
  });

  test('what others than we applied is not ours: all of it becomes so, and nothing of it goes', () => {
    const c = compare({ ...desired, spec: { selector: desired.spec.selector } }, live, 'somebody');
    expect(c).toMatchObject({ changes: [], unowned: ['.spec.selector'], conflicts: [] });
  });
});

describe('who else owns what differs', () => {
  test('another who applied it', () => {
    const { live } = applied('svc-create');
    const desired = structuredClone(recorded('conflict-svc').request.body);
    const said = recorded('conflict-svc').response.details.causes.map((c: any) => c.field);
    const c = compare(desired, live, 'm2');
    expect(c.conflicts.map((x) => x.path).sort()).toEqual([...said].sort());
    expect(c.conflicts.every((x) => x.manager === 'm1' && x.operation === 'Apply')).toBe(true);
  });

  test('another who wrote it without applying, with the time', () => {
    const { response: live } = recorded('conflict-with-update-manager-setup');
    const { request, response } = recorded('conflict-with-update-manager');
    const c = compare(request.body, live, 'm1');
    expect(c.conflicts.map((x) => [x.path, x.manager, x.operation])).toEqual(
      response.details.causes.map((x: any) => [x.field, 'edit', 'Update']),
    );
    expect(c.conflicts[0]!.time).toMatch(/^\d{4}-/);
  });

  test('the same value is owned together', () => {
    const { response: live } = recorded('same-value-co-own');
    const { request } = recorded('same-value-co-own');
    expect(isSame(compare(request.body, live, 'm3'))).toBe(true);
    expect(compare(request.body, live, 'm4')).toMatchObject({ changes: [], unowned: ['.spec.selector'], conflicts: [] });
  });
});

test('what was applied in another version of the kind is written anew in this one', () => {
  const { desired, live } = applied('vs-create-201');
  const c = compare({ ...desired, apiVersion: 'networking.istio.io/v1beta1' }, live, 'm1');
  expect(c.changes).toEqual([]);
  expect(c.unowned.length).toBeGreaterThan(0);
});
