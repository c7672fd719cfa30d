import { isEqual, isMap } from '../values/equal';

/**
 * A live Secret as who writes text to it would see it: the server keeps `stringData` as `data`, in base64, and shows it nowhere else.
 * Other objects stay as they are. Source: kubernetes.io, Secret v1; pkg/apis/core/v1/conversion.go.
 * @param desired the object that is to be written: only of what it says as text there is text
 */
export function withText(desired: any, live: any): any {
  if (desired.kind !== 'Secret' || desired.apiVersion !== 'v1' || !isMap(desired.stringData)) return live;
  const stringData: Record<string, unknown> = {};
  for (const [key, text] of Object.entries(desired.stringData)) {
    const kept = live.data?.[key];
    if (typeof kept === 'string')
      stringData[key] = isEqual(kept, encoded(text)) ? text : Buffer.from(kept, 'base64').toString('utf8');
  }
  return { ...live, stringData };
}

const encoded = (text: unknown): string => Buffer.from(String(text), 'utf8').toString('base64');
