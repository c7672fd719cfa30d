import * as kplus from 'cdk8s-plus-27';
import { MeshService, Port } from '../../src';
import { newChart, object } from './support';

/** The pod of a version with these properties. */
function podOf(props: object, change: (d: kplus.Deployment) => void = () => {}): any {
  const c = newChart();
  const s = new MeshService(c, 'S', { port: Port.http(80), versions: { v1: { image: 'x:1', ...props } } });
  change(s.version('v1').deployment);
  return object(c, 'Deployment', 's-v1').spec.template.spec;
}

describe('security contexts', () => {
  test('nothing said: no privilege escalation', () => {
    const pod = podOf({});
    expect(pod.securityContext).toBeUndefined();
    expect(pod.containers[0].securityContext).toEqual({ allowPrivilegeEscalation: false });
  });

  test.each([
    [
      { user: 1000, group: 2000 },
      { allowPrivilegeEscalation: false, runAsUser: 1000, runAsGroup: 2000 },
    ],
    [{ ensureNonRoot: false }, { allowPrivilegeEscalation: false, runAsNonRoot: false }],
    [{ readOnlyRootFilesystem: false }, { allowPrivilegeEscalation: false, readOnlyRootFilesystem: false }],
    [{ allowPrivilegeEscalation: true }, { allowPrivilegeEscalation: true }],
    [
      { privileged: true, allowPrivilegeEscalation: true },
      { privileged: true, allowPrivilegeEscalation: true },
    ],
    [
      { capabilities: { add: [kplus.Capability.NET_ADMIN] } },
      { allowPrivilegeEscalation: false, capabilities: { add: [kplus.Capability.NET_ADMIN] } },
    ],
  ])('what the container asks for stands, and no more comes: %j', (securityContext, says) =>
    expect(JSON.parse(JSON.stringify(podOf({ securityContext }).containers[0].securityContext))).toEqual(says),
  );

  test("hardened: cdk8s-plus' strict one, with what is asked for over it", () => {
    const pod = podOf({ hardened: true, securityContext: { readOnlyRootFilesystem: false } });
    expect(pod.containers[0].securityContext).toMatchObject({ runAsNonRoot: true, readOnlyRootFilesystem: false });
    expect(pod.securityContext).toEqual({ runAsNonRoot: true });
  });

  test("the pod's stands", () => {
    expect(podOf({ podSecurityContext: { fsGroup: 3000 } }).securityContext).toEqual({ fsGroup: 3000 });
    expect(podOf({ podSecurityContext: { ensureNonRoot: false } }).securityContext).toEqual({ runAsNonRoot: false });
    expect(podOf({ hardened: true, podSecurityContext: { user: 7 } }).securityContext).toEqual({
      runAsNonRoot: true,
      runAsUser: 7,
    });
  });

  test('a container that is added to the Deployment stays as it was made', () => {
    const pod = podOf({}, (d) =>
      d.addContainer({
        image: 'side',
        name: 'side',
        securityContext: { user: 5, ensureNonRoot: true },
        imagePullPolicy: kplus.ImagePullPolicy.ALWAYS,
        portNumber: 9,
      }),
    );
    expect(pod.containers[1]).toMatchObject({
      imagePullPolicy: 'Always',
      securityContext: { runAsUser: 5, runAsNonRoot: true, readOnlyRootFilesystem: true },
    });
    expect(pod.containers[0].securityContext).toEqual({ allowPrivilegeEscalation: false });
  });
});
