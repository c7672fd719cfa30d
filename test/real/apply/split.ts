import type { KubeObject } from '../manifests';
import { app, hostOf, virtualService } from './app';

/** `web` with both versions, of which v2 gets a share. */
export function split(namespace: string, share: number): KubeObject {
  const host = hostOf(namespace, 'web');
  return virtualService(namespace, 'web', [
    { host, subset: 'v1', weight: 100 - share },
    { host, subset: 'v2', weight: share },
  ]);
}

/** A namespace with `web` and its split. */
export const withSplit = (namespace: string, share: number): KubeObject[] => [
  ...app(namespace, [{ name: 'web', versions: ['v1', 'v2'] }]).filter((o) => o.kind !== 'VirtualService'),
  split(namespace, share),
];
