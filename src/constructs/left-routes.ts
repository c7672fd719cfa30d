import type { HttpRoute } from '../routing/compile';

/** What a host leaves to the VirtualService that a controller makes. */
export interface LeftRoutes {
  /** Of the rule that delegates. */
  readonly name: string;
  /** Headers and query parameters that the controller's routes may ask for. */
  readonly keys: readonly string[];
  /** Hosts where they lead. */
  readonly hosts: readonly string[];
}

/**
 * Throws where a route that delegates asks for what the delegate asks for, too: Istio joins the two conditions on one name into one, or
 * drops the delegate's route. Source: `mergeHTTPMatchRequest` and `hasConflict` in pilot/pkg/model/virtualservice.go.
 */
export function checkDelegates(http: readonly HttpRoute[], left: LeftRoutes, host: string): void {
  for (const { action, matches, name } of http) {
    const asked = matches.flatMap((m) => [...Object.keys(m.headers ?? {}), ...Object.keys(m.query ?? {})]);
    const key = action.kind === 'delegate' ? asked.find((k) => left.keys.includes(k)) : undefined;
    if (key !== undefined)
      throw new Error(
        `route "${name}" of host "${host}" asks for "${key}", as the audience of "${left.name}" does, and Istio joins the two conditions on one name into one: use another header for one of them`,
      );
  }
}
