import type { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { AppModel, type Settles } from './app-model';
import { objectsOf } from './object-conflicts';
import { toldAt } from './told-at';

/** A class of objects: a kind of `cdk8s-mesh/imports/…`, one that `cdk8s import` made, or cdk8s' ApiObject for all. */
export interface ObjectClass<T extends ApiObject> {
  /** What `new` gives, for the type of the object. */
  readonly prototype: T;
  /** What the class is called in errors. */
  readonly name: string;
  /** Of the kind. */
  readonly GVK?: { readonly apiVersion: string; readonly kind: string };
}

/**
 * Changes objects that a construct makes by itself: the VirtualService of a service, its Sidecar, a gateway's routes. They
 * are made when the app settles, so there is nothing to reach before; the change is made once, when they are there.
 *
 * Changes every object of the kind below the construct. For a field that this package does not know; what it knows is
 * better said through the construct, since the route ladder shows no changes made here.
 * @param kind class of the object: `VirtualService` of `cdk8s-mesh/imports/networking.istio.io`
 * @throws where one of the three is none, and at synth, where the construct makes no such object
 */
export function customize<T extends ApiObject>(construct: Construct, kind: ObjectClass<T>, change: (object: T) => void): void {
  if (!Construct.isConstruct(construct))
    throw new Error('what customize changes has to be a construct: a service, a gateway, a chart');
  const { path } = construct.node;
  toldAt(path, () => {
    if (typeof kind !== 'function')
      throw new Error(
        `customize of "${path}" has no class of objects: name one, such as VirtualService of cdk8s-mesh/imports/networking.istio.io`,
      );
    if (typeof change !== 'function')
      throw new Error(`customize of "${path}" has no change: give it a function that takes the object and changes it`);
    AppModel.of(construct).add(new Customization(construct, kind, change as (object: ApiObject) => void));
  });
}

class Customization implements Settles {
  private readonly done = new Set<ApiObject>();

  constructor(
    private readonly construct: Construct,
    private readonly kind: ObjectClass<ApiObject>,
    private readonly change: (object: ApiObject) => void,
  ) {}

  get node() {
    return this.construct.node;
  }

  /** By name, not by class: two copies of a class make the same objects. */
  private chosen({ apiVersion, kind }: ApiObject): boolean {
    const { GVK } = this.kind;
    return GVK === undefined || (GVK.apiVersion === apiVersion && GVK.kind === kind);
  }

  finish(): void {
    const all = objectsOf(this.construct);
    const chosen = all.filter((o) => this.chosen(o));
    if (chosen.length === 0)
      throw new Error(
        `makes no ${this.kind.name} to be customized; it makes ${[...new Set(all.map((o) => o.kind))].sort().join(', ') || 'no objects: name the service that it is about'}`,
      );
    for (const object of chosen) {
      if (!this.done.has(object)) this.change(object);
      this.done.add(object);
    }
  }
}
