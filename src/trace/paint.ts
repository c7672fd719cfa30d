import { fieldText, placeText } from '../manifests/manifest';
import { objectText, type Ref } from '../model/config';

/** Paint for parts of a text; each the text itself where there are no colours. */
export interface Paint {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly green: (text: string) => string;
  readonly red: (text: string) => string;
  readonly cyan: (text: string) => string;
}

const same = (text: string) => text;
export const PLAIN: Paint = { bold: same, dim: same, green: same, red: same, cyan: same };

/** `VirtualService shop/reviews spec.http[1]  dist/shop.yaml:12:5  (shop/Reviews, main.ts:33)` */
export function refText({ manifest, path }: Ref): string {
  const made = manifest.made?.(path);
  const place = placeText(manifest.place(path));
  const by = [made?.construct, made?.source].filter((m) => m !== undefined && m !== place);
  return `${objectText(manifest)} ${fieldText(path)}  ${place}${by.length > 0 ? `  (${by.join(', ')})` : ''}`;
}
