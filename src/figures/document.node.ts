/** A document for drawing where there is no browser. */
import { parseHTML } from 'linkedom'

export const serverDocument = (): Document =>
  parseHTML('<!doctype html><html><body></body></html>').document as unknown as Document
