import type { Construct } from 'constructs';
import { AppModel } from '../constructs/app-model';
import { objectsOf } from '../constructs/object-conflicts';
import { type FieldPath, fieldText, type Manifest, manifestOf } from '../manifests/manifest';
import { misshapen, withoutNulls } from '../manifests/shape';
import { sourceOf } from './plain-objects';

/**
 * The objects below a construct as they would be written, each with the construct that made it, and its line. Of an app
 * that has settled.
 * @throws where an object holds what its kind has no place for
 */
export function manifestsOf(scope: Construct): Manifest[] {
  const model = AppModel.find(scope.node.root as Construct);
  return objectsOf(scope).map((o) => {
    const place = () => ({ file: o.node.path, line: 0, column: 0 });
    const made = (path: FieldPath = []) => {
      const parts = model?.parts.get(o)?.() ?? {};
      for (let n = path.length; n > 0; n--) {
        const [part] = parts[path.slice(0, n).join('.')] ?? [];
        if (part) return said(part);
      }
      return said({ construct: o.node.path, source: sourceOf(o) });
    };
    const object = JSON.parse(JSON.stringify(o.toJson()));
    const empty = withoutNulls(object);
    const bad = misshapen(object);
    if (bad) throw new Error(`"${o.node.path}": ${fieldText(bad.path)} ${bad.message}`);
    return { ...manifestOf(object, place, empty), made };
  });
}

const said = ({ construct, source }: { readonly construct: string; readonly source?: string | undefined }) => ({
  construct,
  ...(source ? { source } : {}),
});
