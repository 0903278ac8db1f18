/** A way of dreaming of channels from noise, a batch of them at once; what is compiled serves every batch. */
import { random } from '../../base/random.ts'
import type { Network } from '../../nets/network.ts'
import { type Ascent, type AscentContext, ascend, octaveSizes } from '../dream/ascent.ts'
import { smallestSide } from '../dream/choices.ts'
import { openSpectra, type Spectra } from '../dream/fourier.ts'
import type { Gradients } from '../dream/gradients.ts'
import { type Image, noisePicture, pictureOf } from '../dream/image.ts'
import { paint } from '../dream/painting.ts'
import type { LensContext } from '../lens.ts'
import { channelGradients, inStep } from './in-step.ts'
import type { ChannelsOptions } from './options.ts'
import type { ChannelDream } from './result.ts'

export type DreamingOptions = Omit<
  ChannelsOptions,
  'channels' | 'split' | 'top' | 'by' | 'batch' | 'layer' | 'size'
> & {
  layer: string
  /** side of a dream */
  size: number
}

export interface Dreaming {
  /** steps of each dream */
  steps: number
  /** @param channels exactly as many as were opened for */
  dream(channels: readonly number[], onStep: (index: number, image: Image) => void): Promise<ChannelDream[]>
  dispose(): Promise<void>
}

type Context = Pick<LensContext, 'engine' | 'seed' | 'signal'>
type Grow = (gradients: readonly Gradients[], context: AscentContext) => Promise<Ascent>

/** @param count of channels at once */
export function openDreaming(
  { engine, seed, signal }: Context,
  network: Network,
  { layer, size, parameterisation, ...options }: DreamingOptions,
  count: number,
): Dreaming {
  const isFourier = parameterisation === 'fourier'
  const side = { width: size, height: size }
  const smallest = smallestSide(network.net)
  const steps = options.steps ?? (isFourier ? 128 : 10)
  const stepSize = options.stepSize ?? (isFourier ? 0.05 : 1.5)
  const ascent = { ...options, steps, stepSize, clip: true, tile: size, smallest }
  // While units may be silent everywhere, a painting takes the gradients that pass them.
  const ways = [false, ...(isFourier ? [true] : [])].map(open =>
    channelGradients(engine, network, layer, count, { open }),
  )
  let spectra: Spectra | undefined
  const paintOne: Grow = ([gradients, open], context) =>
    paint(spectra!, { gradients, open }, side, { ...options, steps, stepSize }, context)
  const ascendOne: Grow = ([gradients], context) =>
    ascend(gradients, noisePicture(size, size, random(seed, 'noise')), ascent, context)
  return {
    steps: isFourier ? steps : octaveSizes(side, ascent).length * steps,
    async dream(channels, onStep) {
      if (isFourier) spectra ??= await openSpectra(engine, side)
      const answers = ways.map(way => (images: readonly Image[]) => way.at(images, channels))
      const grown = await inStep(count, answers, (gradients, index) =>
        (isFourier ? paintOne : ascendOne)(gradients, {
          seed,
          signal,
          onStep: image => onStep(index, image),
        }),
      )
      return grown.map(({ image, octaves }, index) => {
        const { objective } = octaves.at(-1)!
        return {
          channel: channels[index],
          dream: pictureOf(image),
          start: objective[0],
          objective: objective.at(-1)!,
        }
      })
    },
    async dispose() {
      for (const way of ways) await way.dispose()
      await spectra?.dispose()
    },
  }
}
