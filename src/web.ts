/** The library's front door for browsers: what `import ... from 'glasshouse/web'` offers. */
export * from './anywhere.ts'
export { decodePicture, type WebDecodeOptions } from './data/decode.web.ts'
export { sweep, tsne } from './embedding/tsne/tsne.web.ts'
export { createCanvas } from './figures/canvas.web.ts'
export { type LensOutcome, runLens, type WebLensOptions } from './lenses/run.web.ts'
export { type OpenOptions, openModel } from './models/open-model.web.ts'
export { createEngine, type WebEngineOptions } from './runtime/engine.web.ts'
