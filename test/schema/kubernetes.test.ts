import { KUBERNETES_ROWS } from './kubernetes-rows';
import { object, problemsOf } from './support';

describe("what the API server asks of Kubernetes' own kinds", () => {
  test.each(KUBERNETES_ROWS)('%s', (_, yaml, problems) => {
    expect(problemsOf(yaml)).toEqual(problems);
  });

  test('nothing more is said of a value of a wrong type', () => {
    expect(problemsOf(object('v1', 'Service', '{ports: http}'))).toEqual(['4: spec.ports is "http", where a list is wanted']);
  });
});
