import * as cdk8s from 'cdk8s';
import { Node } from 'constructs';
import { notePlainObjects } from './plain-objects';
import { synthesize } from './synthesize';

/**
 * cdk8s' App, whose `synth()` makes the same objects in the same order in the same files, in time linear in objects and
 * charts (cdk8s walks the whole app for every chart), each file written beside its place and then moved there, with a
 * map from the objects back to your code ({@link SourceMap}) beside them: plain `ApiObject`s and those of generated classes too. `mesh synth` does the same for any App.
 */
export class App extends cdk8s.App {
  constructor(props?: cdk8s.AppProps) {
    super(props);
    notePlainObjects({ ApiObject: cdk8s.ApiObject, Node });
  }

  override synth(): void {
    synthesize(this, cdk8s);
  }
}
