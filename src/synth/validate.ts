import type { App } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { AppModel, originNear } from '../constructs/app-model';
import { InvalidApp, type Problem } from './problem';

/**
 * Throws {@link InvalidApp} with all that the app's constructs find wrong. cdk8s does the same without places.
 * Source of the rule: cdk8s-core's app.ts (validate).
 */
export function validate(app: App): void {
  const constructs = app.node.findAll();
  const found = constructs.map((by) => ({ by, texts: by.node.validate() })).filter(({ texts }) => texts.length > 0);
  if (found.length === 0) return;
  const model = AppModel.find(app);
  const byPath = new Map(constructs.map((c) => [c.node.path, c]));
  const problem = (by: IConstruct, text: string): Problem => {
    // what is found when all is known is said of the app itself, and begins with the construct
    const [, named, rest] = by === app ? (/^(.+?): ([\s\S]*)$/.exec(text) ?? []) : [];
    const about = named === undefined ? undefined : byPath.get(named);
    const [at, message] = about ? [about, rest!] : [by, text];
    const place = model && originNear(model, at)?.source;
    return { message, ...(at.node.path ? { construct: at.node.path } : {}), ...(place ? { place } : {}) };
  };
  throw new InvalidApp(found.flatMap(({ by, texts }) => texts.map((text) => problem(by, text))));
}
