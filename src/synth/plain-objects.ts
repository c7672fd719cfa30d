import type { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import { AppModel, originNear } from '../constructs/app-model';
import { whereCalled } from '../constructs/origin';

// By a name that other copies of this package know too: `mesh synth` may be one.
const MADE_AT = Symbol.for('cdk8s-mesh.made-at');
const NOTED = Symbol.for('cdk8s-mesh.plain-objects');

/** What cdk8s' objects are told apart by, and where every construct is hung into the tree. */
interface Classes {
  readonly ApiObject: abstract new (...args: any[]) => ApiObject;
  readonly Node: { readonly prototype: object };
}

interface NodePrototype {
  addChild(this: { readonly host: Construct }, child: Construct, name: string): void;
  [NOTED]?: true;
}

/**
 * From now on every ApiObject that is made (plain ones, those of generated classes, those of libraries) remembers the line of
 * the user's code that made it; constructs of this package say it themselves. constructs calls `addChild` for each child while
 * it is made, which is the one place that all of them pass.
 */
export function notePlainObjects({ ApiObject, Node }: Classes): void {
  const prototype = Node.prototype as NodePrototype;
  if (prototype[NOTED]) return;
  const { addChild } = prototype;
  prototype.addChild = function (child, name) {
    addChild.call(this, child, name);
    // its own `instanceof` asks for a mark that is not there yet
    if (!Object.prototype.isPrototypeOf.call(ApiObject.prototype, child)) return;
    const model = AppModel.find(this.host.node?.root as Construct);
    if (model && originNear(model, this.host)) return;
    Object.defineProperty(child, MADE_AT, { value: whereCalled(child.constructor as () => unknown) });
  };
  Object.defineProperty(prototype, NOTED, { value: true });
}

/** The line of the user's code that made an object, as `file:line`, where it is known. */
export function sourceOf(o: ApiObject): string | undefined {
  const model = AppModel.find(o.node.root as Construct);
  const near = model && originNear(model, o)?.source;
  return near ?? (o as { [MADE_AT]?: () => string | undefined })[MADE_AT]?.();
}
