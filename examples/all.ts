// Synthesizes every example into a folder of its own below CDK8S_OUTDIR (`dist`): what `npx cdk8s synth` runs at the root.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const out = process.env.CDK8S_OUTDIR ?? 'dist';
const examples = readdirSync(__dirname, { withFileTypes: true }).filter((e) => e.isDirectory());
for (const { name } of examples.sort((a, b) => (a.name < b.name ? -1 : 1))) {
  process.env.CDK8S_OUTDIR = join(out, name);
  require(join(__dirname, name, 'main.ts'));
}
