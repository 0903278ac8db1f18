/**
 * What one file may take. A file of a few hundred bytes can ask for any amount of memory: constants that double, shapes
 * of any size, functions in functions. So everything that grows beyond the file's own size is counted, and refused
 * before it is allocated.
 */
import { GlasshouseError } from '../../base/errors.ts'
import { type Shape, sizeOf, type Tensor } from '../tensor.ts'

/** Elements of a single value for one image: 512 MB as float32, four times the largest map of a VGG at 1,000 pixels. */
export const largestValue = 2 ** 27

/** Elements of one constant that is computed here; larger ones are left to the engine. */
const largestFolded = 2 ** 19

/** Elements that all constants computed here may read and write. */
const mostFolded = 2 ** 22

/** Elements of constants that the engine computes from others when it loads the graph. */
const mostConstant = 2 ** 24

export interface Budget {
  /** whether a constant may be computed here from those inputs; counts it if so */
  mayFold(inputs: readonly (Tensor | undefined)[], shape: Shape): boolean
  /** @throws GlasshouseError 'onnx-size' where the constants that the engine computes are too large together */
  addConstant(shape: Shape): void
}

/** @param own elements of the tensors that are in the file */
export function budgetFor(where: string, own: number): Budget {
  let folded = 0
  let constant = 0
  return {
    mayFold(inputs, shape) {
      const size = sizeOf(shape)
      if (!(size >= 0 && size <= largestFolded)) return false
      const cost = inputs.reduce((sum, input) => sum + (input?.data.length ?? 0), size)
      if (folded + cost > mostFolded) return false
      folded += cost
      return true
    },
    addConstant(shape) {
      constant += sizeOf(shape)
      if (!(constant <= mostConstant + 4 * own))
        throw tooLarge(where, `${constant} elements of constants that are computed from others`)
    },
  }
}

export const tooLarge = (where: string, got: string): GlasshouseError =>
  new GlasshouseError({
    code: 'onnx-size',
    what: 'the model asks for more memory than its size accounts for',
    where,
    got,
    hint: 'Check where the file comes from; if it is sound, export it with constants folded',
  })
