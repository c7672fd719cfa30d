import type { FieldPath } from '../../manifests/manifest';
import { writtenRules } from '../bound-matches';
import { items } from '../items';
import type { Rule } from '../rule';

/** A percentage that looks like a fraction of one. */
export const shareBelowOnePercent: Rule = {
  id: 'MESH172',
  name: 'share-below-one-percent',
  severity: 'info',
  codes: [],
  summary: 'a share of less than one percent',
  why: 'Percentages are from 0 to 100: 0.5 is one request of 200, and not every other one. Source: networking/v1alpha3/virtual_service.proto, Percent.',
  remedy: 'Write 50 for a half. Where less than one percent is meant, nothing is wrong.',
  *check(mesh) {
    for (const { rule, at } of writtenRules(mesh.of('VirtualService')))
      for (const [path, value] of shares(rule))
        if (typeof value === 'number' && value > 0 && value < 1)
          yield {
            at: at(...path),
            message: `the percentage ${value} is less than one: one request of ${Math.round(100 / value)}`,
            hint: `for ${percent(value)} of the requests write ${percent(value).replace(' %', '')}`,
          };
  },
};

const percent = (fraction: number): string => `${Number((fraction * 100).toPrecision(6))} %`;

function* shares(rule: any): Iterable<readonly [FieldPath, unknown]> {
  for (const kind of ['delay', 'abort'])
    yield [['fault', kind, 'percentage', 'value'], rule.fault?.[kind]?.percentage?.value] as const;
  yield [['mirrorPercentage', 'value'], rule.mirrorPercentage?.value];
  for (const [i, m] of items(rule.mirrors)) yield [['mirrors', i, 'percentage', 'value'], m.percentage?.value];
}
