import { brokenOffText, resultText } from '../../src/cli/apply-result';

test('many objects that were not written are counted, whatever their names', () => {
  const pending = Array.from({ length: 21 }, (_, i) => `ClusterRole/shop:r${i}`);
  const result = { written: [], failed: [], pending, notReady: {} };
  expect(resultText(result as any)).toContain('21 ClusterRoles: what they rely on is not there');
  expect(brokenOffText({ ...result, written: pending.map((n) => n.replace('/', '/shop/')) } as any)).toContain(
    'written 21 ClusterRoles in shop',
  );
});
