import { AccessPolicy, SecureNamespace } from '../../src';
import { newChart, service } from './support';

describe('AccessPolicy', () => {
  test('one ALLOW and one DENY a callee, whoever asks for them', () => {
    const c = newChart();
    new SecureNamespace(c, 'Namespace');
    const ratings = service(c, 'Ratings');
    const reviews = service(c, 'Reviews', { calls: [ratings] });
    const page = service(c, 'Page');
    page.mayCall(ratings, { methods: ['GET'], paths: ['/ratings/*'] });
    new AccessPolicy(c, 'NotV2', { service: ratings, deny: [reviews.version('v2')] });
    new AccessPolicy(c, 'Ops', { service: ratings, allowNamespaces: ['ops'], denyNamespaces: ['lab'] });
    const policies = c.toJson().filter((o: any) => o.kind === 'AuthorizationPolicy' && o.metadata.name.startsWith('ratings'));
    expect(policies).toHaveLength(2);
    expect(policies).toMatchSnapshot();
  });
});
