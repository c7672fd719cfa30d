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
   * Sets one field of the synthesized object, after JSON patches; parents that are missing are made.
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
      for (const key of path.slice(0, -1)) at = at[key] ??= {};
      const last = path.at(-1)!;
      if (value === undefined) delete at[last];
      else at[last] = value;
    }
    return json;
  }
}
