/** A way of dreaming, ready to be used again: what is compiled for one image serves the next of its size. */
import type { Picture } from '../../base/picture.ts'
import { random } from '../../base/random.ts'
import type { Network } from '../../nets/network.ts'
import type { Engine } from '../../runtime/engine.ts'
import { type Ascent, type AscentContext, type AscentOptions, ascend, octaveSizes } from './ascent.ts'
import { smallestSide } from './choices.ts'
import { gradientsOf } from './gradients.ts'
import { noisePicture } from './image.ts'
import type { DreamObjective } from './objectives.ts'
import { paintDream } from './painting.ts'

export interface DreamerOptions extends Omit<AscentOptions, 'steps' | 'stepSize' | 'smallest'> {
  parameterisation: 'pixels' | 'fourier'
  /** each parameterisation has its own unless given */
  steps?: number
  stepSize?: number
  robust: boolean
}

type Size = Pick<Picture, 'width' | 'height'>

export interface Dreamer {
  /** Dreams on a photograph, or on noise of a size. */
  dream(start: Picture | Size, context: AscentContext): Promise<Ascent>
  /** how many steps a dream of this size takes */
  stepsFor(size: Size): number
  dispose(): Promise<void>
}

export function dreamerOf(
  engine: Engine,
  network: Network,
  objective: DreamObjective,
  options: DreamerOptions,
): Dreamer {
  const gradients = gradientsOf(engine, network, objective)
  if (options.parameterisation === 'pixels') {
    const smallest = smallestSide(network.net)
    const ascent = { ...options, smallest, steps: options.steps ?? 10, stepSize: options.stepSize ?? 1.5 }
    return {
      dream(start, context) {
        const noise = () => noisePicture(start.width, start.height, random(context.seed, 'noise'))
        return ascend(gradients, 'data' in start ? start : noise(), ascent, context)
      },
      stepsFor: size => octaveSizes(size, ascent).length * ascent.steps,
      dispose: gradients.dispose,
    }
  }
  const open = gradientsOf(engine, network, objective, { open: true })
  const painting = { ...options, steps: options.steps ?? 256, stepSize: options.stepSize ?? 0.05 }
  return {
    dream: (start, context) => paintDream(engine, { gradients, open }, start, painting, context),
    stepsFor: () => painting.steps,
    async dispose() {
      await gradients.dispose()
      await open.dispose()
    },
  }
}
