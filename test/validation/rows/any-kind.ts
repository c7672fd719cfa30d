import type { Row } from './objects';

export const anyKind: readonly Row[] = [
  [
    'VirtualService mesh',
    { 'metadata.annotations': { 'istio.io/dry-run': 'true' } },
    'error',
    'metadata.annotations["istio.io/dry-run"]',
    /AuthorizationPolicies alone/,
  ],
  [
    'AuthorizationPolicy allow',
    { 'metadata.annotations': { 'istio.io/dry-run': 'yes' } },
    'error',
    'metadata.annotations["istio.io/dry-run"]',
    /"true"/,
  ],
  [
    'AuthorizationPolicy custom',
    { 'metadata.annotations': { 'istio.io/dry-run': 'true' } },
    'error',
    'metadata.annotations["istio.io/dry-run"]',
    /CUSTOM/,
  ],
  [
    'Gateway edge',
    { 'metadata.annotations': { 'internal.istio.io/parents': 'a' } },
    'error',
    'metadata.annotations["internal.istio.io/parents"]',
    /own/,
  ],
  ['Gateway edge', { extra: 1 }, 'error', 'extra', /no field of a Gateway/],
];
