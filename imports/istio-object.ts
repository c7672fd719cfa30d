import { ApiObject, type ApiObjectProps } from 'cdk8s';
import { renderObject } from './render-object';

/**
 * What every Istio object has in common. The spec is rendered as it is given: fields that these types do not know
 * (of a newer Istio, say) reach the YAML, whether they come in the spec, a JSON patch or an override.
 */
export abstract class IstioObject extends ApiObject {
  private readonly overrides: [path: string[], value: unknown][] = [];

  protected constructor(scope: ConstructorParameters<typeof ApiObject>[0], id: string, props: ApiObjectProps) {
    super(scope, id, props);
  }

  /**
   * Sets one field of the synthesized object, after JSON patches; parents that are missing are made: a
   * list where a number comes next, else an object.
   * @param path dotted, list indices as numbers (`spec.http.0.timeout`); a dot in a key is written `\\.`
   * @param value `undefined` removes the field
   */
  addOverride(path: string, value: unknown): void {
    this.overrides.push([path.split(/(?<!\\)\./).map((key) => key.replaceAll('\\.', '.')), value]);
  }

  /** Renders the object, overrides last. */
  override toJson(): any {
    const json = renderObject(this);
    for (const [path, value] of this.overrides) {
      let at = json;
      path.slice(0, -1).forEach((key, i) => {
        at = at[key] ??= /^\d+$/.test(path[i + 1]!) ? [] : {};
      });
      const last = path.at(-1)!;
      if (value !== undefined) at[last] = value;
      else if (Array.isArray(at)) at.splice(Number(last), 1);
      else delete at[last];
    }
    return json;
  }
}
