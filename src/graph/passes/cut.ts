/** Cutting: a value becomes an input, and what only led to it goes. For the layers after those that are frozen. */
import type { Computation } from '../computation.ts'
import type { Value } from '../graph.ts'
import { copyComputation } from './rewrite.ts'

/** A copy of the computation in which the value `at` is an input called `name`. */
export const cutGraph = <Name extends string>(
  computation: Computation<Name>,
  at: Value,
  name: string,
): Computation<Name> => copyComputation(computation, new Map([[at, name]]), {})
