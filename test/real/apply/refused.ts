import type { KubeObject } from '../manifests';
import { expectCode, expectEqual, said } from './expect';
import { isWrite, type Seen } from './faults';
import type { Lab } from './lab';

/** Whether a request writes for a run: questions about rights do not. */
export const isRun = (s: Seen): boolean => isWrite(s) && !s.path.endsWith('/selfsubjectaccessreviews');

/** A ConfigMap. */
export const map = (namespace: string, name: string, more: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace },
  ...more,
});

/** Applies what has to be refused, and nothing may be written. */
export async function refused(
  lab: Lab,
  set: string,
  objects: readonly unknown[],
  args: readonly string[] = [],
  user = 'admin',
): Promise<string> {
  lab.proxy.forget();
  const applied = await lab.apply(set, objects, args, { user });
  expectCode(applied, 3);
  expectEqual(
    'writes',
    lab.proxy.seen.filter(isRun).map((s) => `${s.method} ${s.path}`),
    [],
  );
  return said(applied);
}
