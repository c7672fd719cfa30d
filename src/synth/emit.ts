import { join } from 'node:path';
import type { ApiObject, App, Chart } from 'cdk8s';
import { listing } from './leftovers';
import { type Cdk8s, order } from './order';
import { SOURCE_MAP, sourceMap } from './sources';
import { validate } from './validate';
import { writeFile } from './write-file';
import { toYaml } from './yaml';

/** A file that was written. */
export interface WrittenFile {
  readonly file: string;
  readonly objects: readonly Record<string, unknown>[];
}

/**
 * What `app.synth()` does, with the same objects in the same order in the same files, in a fraction of the time: the
 * app is validated and ordered once, and the YAML is made by a faster writer. Files are written beside and renamed.
 */
export function emit(app: App, cdk8s: Cdk8s, o: { readonly write: boolean } = { write: true }): WrittenFile[] {
  validate(app);
  const { charts, numbered } = order(app, cdk8s);
  const files = new Map<string, ApiObject[]>();
  const put = (file: string, objects: readonly ApiObject[]) => {
    const list = files.get(file) ?? [];
    files.set(file, list);
    list.push(...objects);
  };
  const suffix = app.outputFileExtension;
  const nameOf = (chart: Chart, i: number) => `${numbered ? `${String(i).padStart(4, '0')}-` : ''}${label(chart)}`;
  charts.forEach(({ chart, objects }, i) => {
    switch (app.yamlOutputType) {
      case 0: // FILE_PER_APP
        put(`app${suffix}`, objects);
        break;
      case 1: // FILE_PER_CHART
        put(nameOf(chart, i) + suffix, objects);
        break;
      case 2: // FILE_PER_RESOURCE
        for (const o of objects) alone(files, resourceFile(o) + suffix, o);
        break;
      case 3: // FOLDER_PER_CHART_FILE_PER_RESOURCE
        for (const o of objects) alone(files, join(nameOf(chart, i), resourceFile(o) + suffix), o);
        break;
    }
  });
  const rendered = [...files].map(([file, objects]) => {
    const json = objects.map((o) => o.toJson() as Record<string, unknown>);
    return { file, objects: json, text: toYaml(json) };
  });
  const written = rendered.map(({ file, objects }) => ({ file: join(app.outdir, file), objects }));
  if (!o.write) return written;
  for (const { file, text } of rendered) writeFile(join(app.outdir, file), text);
  const map = { ...sourceMap(app, [...files.values()].flat()), files: listing(app.outdir, rendered) };
  writeFile(join(app.outdir, SOURCE_MAP), `${JSON.stringify(map)}\n`);
  const asked = app as unknown as { recordConstructMetadata?: boolean; writeConstructMetadata(all: ApiObject[]): void };
  if (asked.recordConstructMetadata) asked.writeConstructMetadata(charts.flatMap((c) => c.objects));
  return written;
}

const label = (chart: Chart): string => {
  // cdk8s' own name, made by the class that the app uses
  const { Names } = require('cdk8s') as typeof import('cdk8s');
  return Names.toDnsLabel(chart);
};

const resourceFile = (o: ApiObject) => `${o.kind}.${o.metadata.name}`.replace(/[^0-9a-zA-Z-_.]/g, '');

/** cdk8s names such files by kind and name alone; two objects of one file would lose the first. */
function alone(files: Map<string, ApiObject[]>, file: string, o: ApiObject): void {
  const [other] = files.get(file) ?? [];
  if (other)
    throw new Error(
      `"${other.node.path}" and "${o.node.path}" would both be written to "${file}", and the later would overwrite the earlier: use FILE_PER_CHART, or other names`,
    );
  files.set(file, [o]);
}
