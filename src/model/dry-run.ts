import type { Manifest } from '../manifests/manifest';

/** Words for yes, as Go reads them. Source: strconv.ParseBool. */
const YES = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);

/** Whether an AuthorizationPolicy only logs what it would decide. Source: pilot/pkg/security/authz/builder, isDryRun. */
export const isDryRun = ({ annotations }: Pick<Manifest, 'annotations'>): boolean =>
  YES.has(annotations['istio.io/dry-run'] ?? '');
