/**
 * Operators that meant something else, or were written otherwise, in the version of the standard that a file is of: the
 * same in the version that graphs are written in. Only those stand here that no operator of the table brings up to date
 * itself. Left as they are, they would run with other defaults, and nothing would show it.
 */
import { elementsOf } from '../../graph.ts'
import { stringAttribute } from '../../ops/rule.ts'
import type { Operation } from './operation.ts'

interface Upgrade {
  /** the first version that has the new form */
  readonly since: number
  readonly change: (operation: Operation) => Partial<Operation>
}

const newModes: Readonly<Record<string, string>> = { bilinear: 'linear', bicubic: 'cubic' }

const upgrades: Readonly<Record<string, Upgrade>> = {
  // The axis moved from an attribute to an operand, and the one that is meant where none is given from 1 to -2.
  DFT: {
    since: 20,
    change: ({ graph, inputs: [x, length], attributes: { axis = 1, ...attributes } }) => ({
      inputs: [x, length, graph.constant(typeof axis === 'number' ? axis : 1, 'int64')],
      attributes,
    }),
  },
  GridSample: {
    since: 20,
    change: ({ attributes }) => {
      const mode = stringAttribute({ attributes }, 'mode', 'bilinear')
      return { attributes: { ...attributes, mode: newModes[mode] ?? mode } }
    },
  },
  // Before version 13 an operand that is left out had to stand there without elements, which is refused since.
  Resize: {
    since: 13,
    change: ({ inputs }) => ({
      inputs: inputs.map((input, index) =>
        index > 0 && input && elementsOf(input) === 0 ? undefined : input,
      ),
    }),
  },
  // Places were not shifted by half a pixel.
  RoiAlign: {
    since: 16,
    change: ({ attributes }) => ({
      attributes: { ...attributes, coordinate_transformation_mode: 'output_half_pixel' },
    }),
  },
  Scatter: { since: 11, change: () => ({ op: 'ScatterElements' }) },
}

/** The operator in today's form. */
export function upToDate(operation: Operation): Operation {
  const upgrade = Object.hasOwn(upgrades, operation.op) ? upgrades[operation.op] : undefined
  return upgrade && operation.opset < upgrade.since
    ? { ...operation, ...upgrade.change(operation) }
    : operation
}
