// What RouteRule, DestinationPolicy and the Mixer denier of 2018 meant, said in today's API.
import { Chart } from 'cdk8s';
import { AccessPolicy, App, CanaryRelease, FaultInjection, LoadBalancer, MeshService, Port, SecureNamespace } from 'cdk8s-mesh';

const app = new App();
const chart = new Chart(app, 'legacy-rules', { namespace: 'legacy' });
new SecureNamespace(chart, 'Namespace');
const port = Port.http(9080);

const ratings = new MeshService(chart, 'Ratings', { port, versions: { v1: { image: 'example/ratings:1' } }, calls: [] });
const reviews = new MeshService(chart, 'Reviews', {
  port,
  versions: {
    v1: { image: 'example/reviews:1' },
    v2: { image: 'example/reviews:2' },
    // access is decided by identity, so the version that is denied below has one of its own
    v3: { image: 'example/reviews:3', serviceAccount: 'own' },
  },
  calls: [ratings],
});

// RouteRule reviews-v2-rollout: 25 % to v2, 75 % to v1.
new CanaryRelease(chart, 'ReviewsV2Rollout', { service: reviews, stable: 'v1', canary: 'v2', percent: 25 });
// RouteRule ratings-delay: a tenth of the calls of ratings wait 5 s. (The rule that is often quoted says reviews as its
// destination: its name tells what was meant.)
new FaultInjection(chart, 'RatingsDelay', { service: ratings, percent: 10, delay: '5s' });
// DestinationPolicy ratings-lb-policy: reviews v2 calls ratings round robin; everyone else keeps Istio's default.
ratings.callPolicyFrom(reviews.version('v2'), { loadBalancer: LoadBalancer.roundRobin });
// denier: reviews v3 may not call ratings.
new AccessPolicy(chart, 'DenyReviewsV3', { service: ratings, deny: [reviews.version('v3')] });

app.synth();
