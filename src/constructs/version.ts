import type { Caller } from './caller';
import type { ServiceHost } from './service-host';

/** A version of a service, as a caller or as the target of routes. */
export class Version implements Caller {
  /** @internal */
  constructor(
    readonly service: ServiceHost<any, any>,
    readonly name: string,
    readonly labels: Readonly<Record<string, string>>,
    readonly principals: readonly string[],
  ) {}
  /** The service's. */
  get namespace(): string {
    return this.service.namespace;
  }
  /** What it is called in errors. */
  get callerName(): string {
    return `version "${this.name}" of ${this.service.callerName}`;
  }
}
