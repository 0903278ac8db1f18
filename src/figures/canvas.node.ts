/** The canvas where there is no browser: a document that stands in for a page's, and images as sharp encodes them. */
import { parseHTML } from 'linkedom'
import type { Canvas, PlotDocument } from './canvas.ts'
import { dataUri } from './files.node.ts'

export const serverDocument = (): PlotDocument =>
  parseHTML('<!doctype html><html><body></body></html>').document

export const createCanvas = (): Canvas => ({ document: serverDocument(), embed: dataUri })
