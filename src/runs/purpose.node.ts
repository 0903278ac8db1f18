/** Data divided as the purpose of a run asks: the forms of a pretext task, the moments of montages, or its own classes. */
import type { Dataset } from '../data/dataset.ts'
import type { Context } from '../runtime/context.ts'
import { divide } from './division.ts'
import { divideInForms } from './pretext/data.node.ts'
import { divideMoments } from './reactions/data.ts'
import type { Purpose, SplitPlan } from './record.ts'

/** @param size side of what the network sees */
export async function divideFor(
  context: Context,
  read: Dataset,
  { pretext, moments }: Purpose,
  split: SplitPlan,
  size: number,
): Promise<Dataset> {
  if (pretext) return divideInForms(context, read, pretext, split, size)
  if (moments) return divideMoments(read, moments, context.seed)
  return divide(read, split, context.seed)
}
