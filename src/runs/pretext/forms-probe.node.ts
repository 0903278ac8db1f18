/** A linear classifier of forms, on images that are made in all of them. */
import type { Context } from '../../runtime/context.ts'
import { probeAccuracy } from '../../training/linear-probe.ts'

/**
 * Share of held-out rows in the right form.
 *
 * @param rows image after image, each in all forms, dim numbers each
 * @param trainShare of the images, the first ones
 */
export async function formsAccuracy(
  context: Context,
  rows: Float32Array,
  { dim, forms, trainShare }: { dim: number; forms: number; trainShare: number },
): Promise<number> {
  const count = rows.length / dim
  const trained = forms * Math.round((trainShare * count) / forms)
  const part = (from: number, to: number) => ({
    features: rows.subarray(from * dim, to * dim),
    labels: Array.from({ length: to - from }, (_, row) => (from + row) % forms),
  })
  return probeAccuracy(await context.engine(), part(0, trained), part(trained, count), {
    ...{ dim, classes: forms, group: forms, seed: context.seed, work: context },
  })
}
