/**
 * The Lucid way to a dream: Adam on the spectrum of an image (`fourier.ts`), each step from another pose of it
 * (`transform.ts`). The same objectives as with steps in pixels; smoother, and without octaves.
 */
import type { Picture } from '../../base/picture.ts'
import { random } from '../../base/random.ts'
import type { Engine } from '../../runtime/engine.ts'
import { type Ascent, type AscentContext, totalSize } from './ascent.ts'
import { openSpectra, type Spectra } from './fourier.ts'
import type { Gradients } from './gradients.ts'
import { imageOf } from './image.ts'
import { inPose, randomPose, stillPose } from './transform.ts'

export interface PaintingOptions {
  steps: number
  /** Adam's rate */
  stepSize: number
  /** whether the image is shifted, scaled and turned before each step */
  robust: boolean
}

/** Steps in which units that are silent everywhere are given a gradient, too. */
export const openSteps = 16

/** The gradients of one objective that a painting goes along. */
export interface PaintingGradients {
  gradients: Gradients
  /** of the objective with ReLUs that pass every gradient, for the first steps */
  open: Gradients
}

/** @param start a photograph, or the size of the image that noise becomes */
export async function paintDream(
  engine: Engine,
  gradients: PaintingGradients,
  start: Picture | { width: number; height: number },
  options: PaintingOptions,
  context: AscentContext,
): Promise<Ascent> {
  const spectra = await openSpectra(engine, start)
  try {
    return await paint(spectra, gradients, start, options, context)
  } finally {
    await spectra.dispose()
  }
}

/** The same on spectra that are open already. */
export async function paint(
  spectra: Spectra,
  { gradients, open }: PaintingGradients,
  start: Picture | { width: number; height: number },
  { steps, stepSize, robust }: PaintingOptions,
  { seed, signal, onStep }: AscentContext,
): Promise<Ascent> {
  const { width, height } = start
  const picture = await spectra.begin('data' in start ? imageOf(start) : random(seed, 'spectrum'))
  const objective: number[] = []
  let image = await picture.image()
  for (let step = 0; step < steps; step++) {
    signal?.throwIfAborted()
    const pose = robust ? randomPose(random(seed, 'pose', step)) : stillPose
    const { look, lookBack } = inPose(image, pose)
    const found = await (step < openSteps ? open : gradients).at(look(image))
    objective.push(found.objective)
    const { data } = lookBack({ width, height, data: found.gradient })
    await picture.step(unitSize(data), stepSize)
    image = await picture.image()
    await onStep?.(image)
  }
  return { image, octaves: [{ width, height, objective }] }
}

/** Adam is blind to the scale of gradients, but for its epsilon: with a mean size of 1 that plays no part. */
function unitSize(gradient: Float32Array): Float32Array {
  const sum = totalSize(gradient)
  if (!(sum > 0)) return gradient
  const factor = gradient.length / sum
  const unit = new Float32Array(gradient.length)
  for (let i = 0; i < unit.length; i++) unit[i] = gradient[i] * factor
  return unit
}
