import { ServiceHost } from './service-host';

/** Throws unless the value is a service of the mesh: one that the app makes or adopts. */
export function needsService(value: unknown, what: string): void {
  if (value instanceof ServiceHost) return;
  const given =
    typeof value === 'object' && value !== null && 'calleeName' in value
      ? String(value.calleeName)
      : value === null || value === undefined
        ? 'missing'
        : `${typeof value === 'string' ? `"${value}"` : typeof value}`;
  throw new Error(
    `${what} is ${given}: it has to be a service of the mesh, of this app: a MeshService, or what MeshService.adopt and adoptFrom give`,
  );
}
