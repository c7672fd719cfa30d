import type { Faults } from './faults';
import { labelProblems } from './metadata-problems';
import { templateProblems } from './pod-problems';

const TEMPLATE = ['spec', 'template'];

/**
 * A Deployment, StatefulSet, DaemonSet or ReplicaSet: a selector that chooses the pods of its own template.
 * Source: pkg/apis/apps/validation/validation.go.
 */
export function workloadProblems({ selector, template, replicas }: Readonly<Record<string, any>>, faults: Faults): void {
  if (typeof replicas === 'number' && replicas < 0)
    faults.say(['spec', 'replicas'], `is ${replicas}, where at least 0 is wanted`);
  const labels = template?.metadata?.labels ?? {};
  if (selector === undefined) faults.lacks(['spec', 'selector'], undefined, matchLabels(labels));
  else {
    const { matchLabels: wanted = {}, matchExpressions: expressions = [] } = selector;
    if (Object.keys(wanted).length + expressions.length === 0)
      faults.say(['spec', 'selector'], 'chooses no pods: it has neither matchLabels nor matchExpressions', matchLabels(labels));
    labelProblems(wanted, ['spec', 'selector', 'matchLabels'], faults);
    for (const [key, value] of Object.entries(wanted))
      if (labels[key] !== value)
        faults.say(
          ['spec', 'selector', 'matchLabels', key],
          `is "${value}", and the pods of the template have ${labels[key] === undefined ? `no label "${key}"` : `"${labels[key]}"`}`,
          'selector and template have to agree',
        );
    for (const [i, expression] of expressions.entries()) {
      const wrong = expressionProblem(expression ?? {}, labels);
      if (wrong) faults.say(['spec', 'selector', 'matchExpressions', i], wrong);
    }
  }
  const restart = template?.spec?.restartPolicy;
  if (restart !== undefined && restart !== 'Always')
    faults.say([...TEMPLATE, 'spec', 'restartPolicy'], `is "${restart}", where Always is wanted`);
  templateProblems(template, TEMPLATE, faults);
}

/** What to write for a selector of the template's pods. */
const matchLabels = (labels: Readonly<Record<string, string>>): string | undefined => {
  const [first] = Object.entries(labels);
  return first && `write selector: {matchLabels: {${first[0]}: ${first[1]}}}`;
};

/** What is wrong about an expression, or why the labels are not what it wants. */
function expressionProblem(
  { key, operator, values = [] }: Readonly<Record<string, any>>,
  labels: Readonly<Record<string, string>>,
): string | undefined {
  const label = labels[key];
  const has = label === undefined ? `no label "${key}"` : `"${key}" "${label}"`;
  const not = `does not choose the pods of the template: they have ${has}`;
  switch (operator) {
    case 'In':
      return values.length === 0 ? 'has no values, which In wants' : values.includes(label) ? undefined : not;
    case 'NotIn':
      return values.length === 0 ? 'has no values, which NotIn wants' : values.includes(label) ? not : undefined;
    case 'Exists':
      return values.length > 0 ? 'has values, which Exists does not take' : label === undefined ? not : undefined;
    case 'DoesNotExist':
      return values.length > 0 ? 'has values, which DoesNotExist does not take' : label !== undefined ? not : undefined;
    default:
      return `has the operator ${JSON.stringify(operator ?? '')}, where one of In, NotIn, Exists, DoesNotExist is wanted`;
  }
}
