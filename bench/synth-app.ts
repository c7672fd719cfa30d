// The benchmark's app as a program, for `mesh synth` itself: synth-app.ts SIZE chart|charts
import { meshApp } from './synth-ways';

const [size, charts] = process.argv.slice(2);
meshApp(Number(size), charts === 'charts').synth();
